using System;
using System.Diagnostics;
using System.Globalization;

namespace TunStats.Bench.Harness;

/// <summary>A program of bench/limits under way: it does rounds when told to, and says how long they took.</summary>
internal sealed class LimitProgram : IDisposable
{
    private readonly Process _process;

    internal LimitProgram(string path, params string[] arguments) => _process = Process.Start(
        new ProcessStartInfo(path, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;

    /// <summary>What the last rounds summed up, to compare with one's own sum.</summary>
    internal ulong Sum { get; private set; }

    /// <summary>Does rounds.</summary>
    /// <returns>The nanoseconds that they took.</returns>
    internal double Run(int rounds)
    {
        _process.StandardInput.WriteLine(rounds.ToString(CultureInfo.InvariantCulture));
        _process.StandardInput.Flush();
        string[] answer = _process.StandardOutput.ReadLine()?.Split(' ')
            ?? throw new InvalidOperationException($"{_process.StartInfo.FileName} ended early.");
        Sum = ulong.Parse(answer[1], CultureInfo.InvariantCulture);
        return ulong.Parse(answer[0], CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}

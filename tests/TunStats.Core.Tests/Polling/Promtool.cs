using System.Diagnostics;

namespace TunStats.Tests.Polling;

/// <summary>What promtool says of a text of metrics.</summary>
internal static class Promtool
{
    /// <summary>Runs <c>promtool check metrics</c>.</summary>
    /// <returns>0 and nothing where it finds no fault.</returns>
    internal static (int ExitCode, string Said) Check(byte[] text)
    {
        var start = new ProcessStartInfo("promtool", ["check", "metrics"])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using Process promtool = Process.Start(start)!;
        promtool.StandardInput.BaseStream.Write(text);
        promtool.StandardInput.Close();
        string said = promtool.StandardOutput.ReadToEnd() + promtool.StandardError.ReadToEnd();
        promtool.WaitForExit();
        return (promtool.ExitCode, said);
    }
}

using System;
using System.Diagnostics;
using System.IO;
using TunStats.Bench.Harness;

namespace TunStats.Bench.Cases;

/// <summary>A capture of mixed packets in a temporary file, as long as this lives.</summary>
internal sealed class MixedCapture : IDisposable
{
    internal MixedCapture(BenchEnvironment environment, int packets, int flows)
    {
        Path = System.IO.Path.Combine(
            System.IO.Path.GetTempPath(), $"tunstats-bench-{Environment.ProcessId}-{flows}.pcap");
        using Process maker = Process.Start(environment.Limit("makecap"), [Path, $"{packets}", $"{flows}", "mix"]);
        maker.WaitForExit();
    }

    internal string Path { get; }

    public void Dispose() => File.Delete(Path);
}

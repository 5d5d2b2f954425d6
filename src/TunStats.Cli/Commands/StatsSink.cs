using System;
using TunStats.Interop;
using TunStats.Links;

namespace TunStats.Cli.Commands;

/// <summary>Hands on what a query finds, and counts the inputs that were wrong.</summary>
internal sealed class StatsSink(Action<RtnlLinkStats64> write) : ILinkQuerySink
{
    internal int Errors { get; private set; }

    public void OnStats(RtnlLinkStats64 stats) => write(stats);

    public void OnError(TunStatsException error, object input)
    {
        Errors++;
        Program.Complain(error.Message);
    }

    public void OnWarning(string message) => Program.Complain($"warning: {message}");
}

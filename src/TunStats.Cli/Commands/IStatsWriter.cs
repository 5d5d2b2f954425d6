using System;
using TunStats.Links;

namespace TunStats.Cli.Commands;

/// <summary>A form in which counters are written to standard output.</summary>
internal interface IStatsWriter : IDisposable
{
    /// <summary>Takes the counters of one interface.</summary>
    void Write(RtnlLinkStats64 stats);

    /// <summary>Writes what is still held back.</summary>
    void Flush();
}

using System;
using TunStats.Net;

namespace TunStats.Flows;

/// <summary>Time and source of counts; shared by all connections of one window.</summary>
public sealed class FlowWindow
{
    /// <summary>Makes a window.</summary>
    /// <param name="start">Its first instant.</param>
    /// <param name="end">Its last instant, not before the first.</param>
    /// <param name="source">The interface or the file; null where unknown.</param>
    /// <param name="node">The node that counted, by name or id; null where unknown.</param>
    /// <exception cref="ArgumentException">The end is before the start.</exception>
    public FlowWindow(NanoTime start, NanoTime end, string? source = null, string? node = null)
    {
        if (end < start)
        {
            throw new ArgumentException($"A window cannot end ({end}) before it starts ({start}).", nameof(end));
        }

        Start = start;
        End = end;
        Source = source;
        Node = node;
    }

    /// <summary>The first instant.</summary>
    public NanoTime Start { get; }

    /// <summary>The last instant.</summary>
    public NanoTime End { get; }

    /// <summary>The interface or the file.</summary>
    public string? Source { get; }

    /// <summary>The node that counted, by name or id.</summary>
    public string? Node { get; }

    /// <summary>Its length in seconds.</summary>
    public double Seconds => End.SecondsSince(Start);

    /// <summary>A count per second of the window; 0 for a window of no length.</summary>
    internal double PerSecond(ulong count) => Seconds is > 0 and var seconds ? count / seconds : 0;
}

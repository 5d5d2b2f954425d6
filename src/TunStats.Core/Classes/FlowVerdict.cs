using System;
using TunStats.Flows;

namespace TunStats.Classes;

/// <summary>The class of a connection, with its reason on demand.</summary>
internal readonly struct FlowVerdict : IEquatable<FlowVerdict>
{
    private const uint ServiceFlag = 0x80;

    private readonly uint _source;
    private readonly uint _destination;
    private readonly byte _outcome;

    internal FlowVerdict(byte outcome, uint source, uint destination)
    {
        _outcome = outcome;
        _source = source;
        _destination = destination;
    }

    /// <summary>Virtual, subnet, exit, or unknown if no end is a known node.</summary>
    public FlowClass Class => (FlowClass)(_outcome & 0x7f);

    /// <summary>Whether an end is Tailscale's service on each node, whose traffic is not logged.</summary>
    public bool IsService => (_outcome & ServiceFlag) != 0;

    internal uint Source => _source;

    internal uint Destination => _destination;

    internal static byte Outcome(FlowClass flowClass, bool service) =>
        (byte)((uint)flowClass | (service ? ServiceFlag : 0));

    /// <inheritdoc/>
    public bool Equals(FlowVerdict other) =>
        _outcome == other._outcome && _source == other._source && _destination == other._destination;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is FlowVerdict other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_outcome, _source, _destination);

    /// <summary>Equality by value.</summary>
    public static bool operator ==(FlowVerdict left, FlowVerdict right) => left.Equals(right);

    /// <summary>Inequality by value.</summary>
    public static bool operator !=(FlowVerdict left, FlowVerdict right) => !left.Equals(right);
}

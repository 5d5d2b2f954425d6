using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TunStats.Net;

namespace TunStats.Flows;

/// <summary>
/// Protocol and both ends of a connection, packed into 40 bytes: the key of a table entry. The default value is the key
/// of non-IP packets: protocol 0, no addresses.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct FlowKey : IEquatable<FlowKey>
{
    internal readonly ulong _sourceHigh;
    internal readonly ulong _sourceLow;
    internal readonly ulong _destinationHigh;
    internal readonly ulong _destinationLow;

    /// <summary>Source port, destination port, protocol and family, 16, 16, 8 and 8 bits from bit 47 down.</summary>
    internal readonly ulong _rest;

    internal FlowKey(ulong sourceHigh, ulong sourceLow, ulong destinationHigh, ulong destinationLow, ulong rest)
    {
        _sourceHigh = sourceHigh;
        _sourceLow = sourceLow;
        _destinationHigh = destinationHigh;
        _destinationLow = destinationLow;
        _rest = rest;
    }

    /// <summary>A key; zones of the addresses are not part of it.</summary>
    /// <param name="protocol">The protocol.</param>
    /// <param name="source">The source; without an address only together with the destination.</param>
    /// <param name="destination">The destination, of the same family.</param>
    /// <exception cref="ArgumentException">The two ends are of different families.</exception>
    public FlowKey(IpProtocol protocol, AddrPort source, AddrPort destination)
    {
        IpAddr from = source.Address, to = destination.Address;
        if (from.Family != to.Family)
        {
            throw new ArgumentException(
                $"Both ends of a connection must be of one family: {source}, {destination}.",
                    nameof(destination));
        }

        _sourceHigh = from.High;
        _sourceLow = from.Low;
        _destinationHigh = to.High;
        _destinationLow = to.Low;
        _rest = Pack(source.Port, destination.Port, protocol.Number, from.Family);
    }

    /// <summary>The family of both addresses.</summary>
    public IpFamily Family => (IpFamily)(byte)_rest;

    /// <summary>The protocol; 0 if it is unknown.</summary>
    public IpProtocol Protocol => new((byte)(_rest >> 8));

    /// <summary>Address and port of the source; empty if there is no address.</summary>
    public AddrPort Source => new(SourceAddress, SourcePort);

    /// <summary>Address and port of the destination; empty if there is no address.</summary>
    public AddrPort Destination => new(DestinationAddress, DestinationPort);

    /// <summary>The source's address.</summary>
    public IpAddr SourceAddress => new(Family, _sourceHigh, _sourceLow);

    /// <summary>The destination's address.</summary>
    public IpAddr DestinationAddress => new(Family, _destinationHigh, _destinationLow);

    /// <summary>The source's port; 0 for a protocol without ports.</summary>
    public ushort SourcePort => (ushort)(_rest >> 32);

    /// <summary>The destination's port; 0 for a protocol without ports.</summary>
    public ushort DestinationPort => (ushort)(_rest >> 16);

    /// <summary>The key of the other direction.</summary>
    public FlowKey Swap() => new(
        _destinationHigh,
        _destinationLow,
        _sourceHigh,
        _sourceLow,
        _rest ^ SwapOfPorts(_rest));

    /// <inheritdoc/>
    public bool Equals(FlowKey other) =>
        ((_sourceLow ^ other._sourceLow)
        | (_destinationLow ^ other._destinationLow)
        | (_rest ^ other._rest)
        | (_sourceHigh ^ other._sourceHigh)
        | (_destinationHigh ^ other._destinationHigh)) == 0;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is FlowKey other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() =>
        HashCode.Combine(_sourceHigh, _sourceLow, _destinationHigh, _destinationLow, _rest);

    /// <summary>Protocol and both ends.</summary>
    public override string ToString() => $"{Protocol} {Source} -> {Destination}";

    /// <summary>Equality by value.</summary>
    public static bool operator ==(FlowKey left, FlowKey right) => left.Equals(right);

    /// <summary>Inequality by value.</summary>
    public static bool operator !=(FlowKey left, FlowKey right) => !left.Equals(right);

    /// <summary>
    /// The fields besides the addresses; the ports are one number in network order.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong Rest(uint ports, byte protocol, IpFamily family) =>
        ((ulong)ports << 16) | ((ulong)protocol << 8) | (byte)family;

    /// <summary>Swaps the ends without a branch: a mask of all ones swaps, 0 does not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void SwapIf(ulong mask, ref FlowKey key)
    {
        ref ulong fields = ref Unsafe.As<FlowKey, ulong>(ref key);
        ulong high = (key._sourceHigh ^ key._destinationHigh) & mask;
        ulong low = (key._sourceLow ^ key._destinationLow) & mask;
        fields ^= high;
        Unsafe.Add(ref fields, 1) ^= low;
        Unsafe.Add(ref fields, 2) ^= high;
        Unsafe.Add(ref fields, 3) ^= low;
        Unsafe.Add(ref fields, 4) ^= SwapOfPorts(key._rest) & mask;
    }

    /// <summary>The exclusive-or mask that swaps the ports in <see cref="_rest"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong SwapOfPorts(ulong rest)
    {
        ulong change = ((rest >> 16) ^ rest) & 0xffff_0000;
        return change | (change << 16);
    }

    internal static ulong Pack(ushort sourcePort, ushort destinationPort, byte protocol, IpFamily family) =>
        ((ulong)sourcePort << 32) | ((ulong)destinationPort << 16) | ((ulong)protocol << 8) | (byte)family;
}

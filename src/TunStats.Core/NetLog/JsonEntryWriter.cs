using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TunStats.Net;

namespace TunStats.NetLog;

/// <summary>Writes the entries of a message as UTF-8, directly into memory that is long enough.</summary>
internal static unsafe class JsonEntryWriter
{
    /// <summary>
    /// The longest entry without zones has 247 bytes (schema 2) or 247 (schema 1); beyond it, what stores of 8 bytes
    /// may overwrite.
    /// </summary>
    public const int Room = 272;

    /// <summary>"255." in a word, for each octet.</summary>
    private static readonly uint[] Octets = MakeOctets();

    /// <summary>Writes an entry whose addresses have no zones; at least <see cref="Room"/> bytes are there.</summary>
    public static byte* Write(byte* at, in ConnectionCounts entry, bool always)
    {
        byte* start = at;
        if (always | (entry.Protocol.Number != 0))
        {
            at = Put(at, ",\"proto\":"u8);
            at = JsonDigits.Write(at, entry.Protocol.Number);
        }

        if (always | entry.SrcEndpoint.IsValid)
        {
            at = Put(at, ",\"src\":\""u8);
            at = WriteEndpoint(at, entry.SrcEndpoint);
            *at++ = (byte)'"';
        }

        if (always | entry.DstEndpoint.IsValid)
        {
            at = Put(at, ",\"dst\":\""u8);
            at = WriteEndpoint(at, entry.DstEndpoint);
            *at++ = (byte)'"';
        }

        return WriteCounts(at, start, entry);
    }

    /// <summary>Writes the non-zero counts and both braces.</summary>
    public static byte* WriteCounts(byte* at, byte* start, in ConnectionCounts entry)
    {
        if (entry.Counts.TxPackets != 0)
        {
            at = Put(at, ",\"txPkts\":"u8);
            at = JsonDigits.Write(at, entry.Counts.TxPackets);
        }

        if (entry.Counts.TxBytes != 0)
        {
            at = Put(at, ",\"txBytes\":"u8);
            at = JsonDigits.Write(at, entry.Counts.TxBytes);
        }

        if (entry.Counts.RxPackets != 0)
        {
            at = Put(at, ",\"rxPkts\":"u8);
            at = JsonDigits.Write(at, entry.Counts.RxPackets);
        }

        if (entry.Counts.RxBytes != 0)
        {
            at = Put(at, ",\"rxBytes\":"u8);
            at = JsonDigits.Write(at, entry.Counts.RxBytes);
        }

        // Replace the first comma by the opening brace.
        *start = (byte)'{';
        at = at == start ? at + 1 : at;
        *at++ = (byte)'}';
        return at;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Put(byte* at, ReadOnlySpan<byte> text)
    {
        Unsafe.CopyBlockUnaligned(ref *at, ref MemoryMarshal.GetReference(text), (uint)text.Length);
        return at + text.Length;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* WriteEndpoint(byte* at, in AddrPort endpoint)
    {
        IpAddr address = endpoint.Address;
        if (address.Is4)
        {
            uint value = (uint)address.Low;
            at = WriteOctet(at, value >> 24);
            at = WriteOctet(at, (value >> 16) & 0xff);
            at = WriteOctet(at, (value >> 8) & 0xff);
            at = WriteOctet(at, value & 0xff);
            at[-1] = (byte)':';
            return JsonDigits.Write(at, endpoint.Port);
        }

        return WriteOther(at, endpoint);
    }

    private static byte* WriteOther(byte* at, in AddrPort endpoint)
    {
        IpAddr address = endpoint.Address;
        if (!address.IsValid)
        {
            return at;
        }

        *at++ = (byte)'[';
        at += IpAddrFormatter.WriteBare(address, new Span<byte>(at, IpAddrFormatter.ScratchLength));
        *at++ = (byte)']';
        *at++ = (byte)':';
        return JsonDigits.Write(at, endpoint.Port);
    }

    /// <summary>An octet and a dot.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* WriteOctet(byte* at, uint octet)
    {
        *(uint*)at = Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(Octets), octet);
        return at + 2 + (octet > 9 ? 1 : 0) + (octet > 99 ? 1 : 0);
    }

    private static uint[] MakeOctets()
    {
        uint[] octets = new uint[256];
        Span<byte> text = stackalloc byte[4];
        for (int i = 0; i < octets.Length; i++)
        {
            text.Clear();
            System.Buffers.Text.Utf8Formatter.TryFormat(i, text, out int written);
            text[written] = (byte)'.';
            octets[i] = MemoryMarshal.Read<uint>(text);
        }

        return octets;
    }
}

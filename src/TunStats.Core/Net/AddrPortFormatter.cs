using System;
using System.Text;

namespace TunStats.Net;

/// <summary>Writes endpoints as Go's net/netip does: head (bracket, address), zone, tail (bracket, port).</summary>
internal static class AddrPortFormatter
{
    /// <summary>"]:65535".</summary>
    private const int TailLength = 8;

    public static string ToString(in AddrPort endpoint)
    {
        Span<byte> head = stackalloc byte[IpAddrFormatter.ScratchLength];
        Span<byte> tail = stackalloc byte[TailLength];
        head = head[..WriteHead(endpoint, head)];
        tail = tail[..WriteTail(endpoint, tail)];
        string? zone = endpoint.Address.ZoneOrNull;
        return zone is null
            ? Encoding.ASCII.GetString(head) + Encoding.ASCII.GetString(tail)
            : $"{Encoding.ASCII.GetString(head)}%{zone}{Encoding.ASCII.GetString(tail)}";
    }

    public static bool TryFormat(in AddrPort endpoint, Span<char> destination, out int written)
    {
        Span<byte> head = stackalloc byte[IpAddrFormatter.ScratchLength];
        Span<byte> tail = stackalloc byte[TailLength];
        head = head[..WriteHead(endpoint, head)];
        tail = tail[..WriteTail(endpoint, tail)];
        string? zone = endpoint.Address.ZoneOrNull;
        int zoneLength = zone is null ? 0 : zone.Length + 1;
        written = 0;
        if (head.Length + zoneLength + tail.Length > destination.Length)
        {
            return false;
        }

        written = Encoding.ASCII.GetChars(head, destination);
        if (zone is not null)
        {
            destination[written] = '%';
            zone.CopyTo(destination[(written + 1)..]);
            written += zoneLength;
        }

        written += Encoding.ASCII.GetChars(tail, destination[written..]);
        return true;
    }

    public static bool TryFormat(in AddrPort endpoint, Span<byte> destination, out int written)
    {
        Span<byte> head = stackalloc byte[IpAddrFormatter.ScratchLength];
        Span<byte> tail = stackalloc byte[TailLength];
        head = head[..WriteHead(endpoint, head)];
        tail = tail[..WriteTail(endpoint, tail)];
        string? zone = endpoint.Address.ZoneOrNull;
        int zoneLength = zone is null ? 0 : Encoding.UTF8.GetByteCount(zone) + 1;
        written = 0;
        if (head.Length + zoneLength + tail.Length > destination.Length)
        {
            return false;
        }

        head.CopyTo(destination);
        int at = head.Length;
        if (zone is not null)
        {
            destination[at] = (byte)'%';
            Encoding.UTF8.GetBytes(zone, destination[(at + 1)..]);
            at += zoneLength;
        }

        tail.CopyTo(destination[at..]);
        written = at + tail.Length;
        return true;
    }

    private static int WriteHead(in AddrPort endpoint, Span<byte> destination)
    {
        IpAddr address = endpoint.Address;
        if (!address.Is6)
        {
            return IpAddrFormatter.WriteBare(address, destination);
        }

        destination[0] = (byte)'[';
        return 1 + IpAddrFormatter.WriteBare(address, destination[1..]);
    }

    private static int WriteTail(in AddrPort endpoint, Span<byte> destination)
    {
        int at = 0;
        if (!endpoint.IsValid)
        {
            return at;
        }

        if (endpoint.Address.Is6)
        {
            destination[at++] = (byte)']';
        }

        destination[at++] = (byte)':';
        uint port = endpoint.Port;
        int digits = port >= 10000 ? 5 : port >= 1000 ? 4 : port >= 100 ? 3 : port >= 10 ? 2 : 1;
        for (int i = digits - 1; i >= 0; i--)
        {
            destination[at + i] = (byte)('0' + (port % 10));
            port /= 10;
        }

        return at + digits;
    }
}

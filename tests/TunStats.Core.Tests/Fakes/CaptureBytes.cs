using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Net;

namespace TunStats.Tests.Fakes;

/// <summary>Builds packets, frames and capture files.</summary>
internal static class CaptureBytes
{
    internal static byte[] Udp(string source, string destination, int payload = 8, byte protocol = 17,
        byte tcpFlags = 0)
    {
        IPEndPoint from = IPEndPoint.Parse(source), to = IPEndPoint.Parse(destination);
        int transportLength = (protocol == 6 ? 20 : 8) + payload;
        byte[] transport = new byte[transportLength];
        BinaryPrimitives.WriteUInt16BigEndian(transport, (ushort)from.Port);
        BinaryPrimitives.WriteUInt16BigEndian(transport.AsSpan(2), (ushort)to.Port);
        if (protocol == 6)
        {
            transport[12] = 0x50;
            transport[13] = tcpFlags;
        }
        else
        {
            BinaryPrimitives.WriteUInt16BigEndian(transport.AsSpan(4), (ushort)transportLength);
        }

        byte[] a = from.Address.GetAddressBytes(), b = to.Address.GetAddressBytes();
        if (a.Length == 4)
        {
            byte[] header = [0x45, 0, 0, 0, 0, 1, 0, 0, 64, protocol, 0, 0, .. a, .. b];
            BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2), (ushort)(20 + transportLength));
            int sum = 0;
            for (int i = 0; i < 20; i += 2)
            {
                sum += BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(i));
            }

            sum = (sum & 0xffff) + (sum >> 16);
            BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(10), (ushort)~sum);
            return [.. header, .. transport];
        }

        return [0x60, 0, 0, 0, (byte)(transportLength >> 8), (byte)transportLength, protocol, 64, .. a, .. b,
            .. transport];
    }

    /// <summary>An IPv6 packet whose length is in a jumbo payload option.</summary>
    internal static byte[] Jumbo(string source, string destination, byte protocol, int payload)
    {
        byte[] packet = Udp(source, destination, 8, protocol, 0x18);
        byte[] length = BitConverter.GetBytes(BinaryPrimitives.ReverseEndianness(payload));
        packet.AsSpan(4, 2).Clear();
        packet[6] = 0;
        return [.. packet[..40], protocol, 0, 0xc2, 4, .. length, .. packet[40..]];
    }

    internal static byte[] Ethernet(byte[] packet, params ushort[] tags)
    {
        List<byte> frame = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
        foreach (ushort tag in tags)
        {
            frame.AddRange([(byte)(tag >> 8), (byte)tag, 0, 7]);
        }

        frame.AddRange(packet[0] >> 4 == 4 ? new byte[] { 8, 0 } : [0x86, 0xdd]);
        frame.AddRange(packet);
        while (frame.Count < 60)
        {
            frame.Add(0xee);
        }

        return [.. frame];
    }

    internal static byte[] Pcap(
        int linkType,
        IEnumerable<byte[]> frames,
        bool bigEndian = false,
        bool nanoseconds = false,
        int snapLength = 262_144,
        int startSecond = 1_600_000_000)
    {
        var file = new Writer(bigEndian);
        file.U32(nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4);
        file.U16(2);
        file.U16(4);
        file.U32(0);
        file.U32(0);
        file.U32((uint)snapLength);
        file.U32((uint)linkType);
        uint number = 0;
        foreach (byte[] frame in frames)
        {
            file.U32((uint)startSecond + number);
            file.U32(nanoseconds ? 123_456_789u : 123_456);
            file.U32((uint)Math.Min(frame.Length, snapLength));
            file.U32((uint)frame.Length);
            file.Bytes(frame.AsSpan(0, Math.Min(frame.Length, snapLength)));
            number++;
        }

        return file.ToArray();
    }

    internal static byte[] Gzip(byte[] bytes)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return memory.ToArray();
    }

    /// <summary>Writes numbers of either byte order, and blocks of pcapng.</summary>
    internal sealed class Writer(bool bigEndian = false)
    {
        private readonly List<byte> _bytes = [];

        internal byte[] ToArray() => [.. _bytes];

        internal void U16(int value) => Bytes(bigEndian ? [(byte)(value >> 8), (byte)value] : [(byte)value,
            (byte)(value >> 8)]);

        internal void U32(uint value)
        {
            byte[] bytes = BitConverter.GetBytes(value);
            Bytes(bigEndian ? [bytes[3], bytes[2], bytes[1], bytes[0]] : bytes);
        }

        internal void U64(ulong value)
        {
            U32(bigEndian ? (uint)(value >> 32) : (uint)value);
            U32(bigEndian ? (uint)value : (uint)(value >> 32));
        }

        internal void Bytes(ReadOnlySpan<byte> bytes) => _bytes.AddRange(bytes.ToArray());

        internal Writer Block(uint type, Action<Writer> body)
        {
            var inner = new Writer(bigEndian);
            body(inner);
            inner.Pad();
            uint length = (uint)(inner._bytes.Count + 12);
            U32(type);
            U32(length);
            _bytes.AddRange(inner._bytes);
            U32(length);
            return this;
        }

        internal Writer Section() => Block(0x0a0d0d0a, body =>
        {
            body.U32(0x1a2b3c4d);
            body.U16(1);
            body.U16(0);
            body.U64(ulong.MaxValue);
        });

        internal Writer Interface(int linkType, params (int Code, byte[] Value)[] options) => Block(1, body =>
        {
            body.U16(linkType);
            body.U16(0);
            body.U32(0);
            body.Options(options);
        });

        internal Writer Enhanced(int index, ulong stamp, byte[] frame, params (int Code, byte[] Value)[] options) =>
            Block(6, body =>
            {
                body.U32((uint)index);
                body.U32((uint)(stamp >> 32));
                body.U32((uint)stamp);
                body.U32((uint)frame.Length);
                body.U32((uint)frame.Length);
                body.Bytes(frame);
                body.Pad();
                body.Options(options);
            });

        internal Writer Simple(byte[] frame) => Block(3, body =>
        {
            body.U32((uint)frame.Length);
            body.Bytes(frame);
        });

        internal Writer Obsolete(int index, ulong stamp, byte[] frame) => Block(2, body =>
        {
            body.U16(index);
            body.U16(0);
            body.U32((uint)(stamp >> 32));
            body.U32((uint)stamp);
            body.U32((uint)frame.Length);
            body.U32((uint)frame.Length);
            body.Bytes(frame);
        });

        private void Options((int Code, byte[] Value)[] options)
        {
            foreach ((int code, byte[] value) in options)
            {
                U16(code);
                U16(value.Length);
                Bytes(value);
                Pad();
            }

            if (options.Length > 0)
            {
                U32(0);
            }
        }

        private void Pad()
        {
            while (_bytes.Count % 4 != 0)
            {
                _bytes.Add(0);
            }
        }
    }
}

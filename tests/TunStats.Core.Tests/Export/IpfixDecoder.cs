using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net;
using System.Text;
using Xunit;

namespace TunStats.Tests.Export;

/// <summary>
/// Reads IPFIX messages as RFC 7011 has them and nothing else: templates first, then records by them. It shares no code
/// with the encoder and checks lengths, padding and sequence numbers.
/// </summary>
internal sealed class IpfixDecoder
{
    private readonly Dictionary<int, (int Id, int Length, uint Enterprise)[]> _templates = [];
    private uint? _next;

    /// <summary>Data records, options included: each with its set id and its values by element.</summary>
    internal List<Record> Records { get; } = [];

    internal List<Header> Headers { get; } = [];

    internal IEnumerable<Record> Flows => Records.Where(r => r.Set <= 259);

    /// <summary>How often templates came.</summary>
    internal int TemplateSets { get; private set; }

    internal IReadOnlyDictionary<int, (int Id, int Length, uint Enterprise)[]> Templates => _templates;

    /// <summary>Reads one message after the other, as a TCP connection or a file has them.</summary>
    internal void ReadStream(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            int length = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
            Read(bytes[..length]);
            bytes = bytes[length..];
        }
    }

    internal void Read(ReadOnlySpan<byte> message)
    {
        Assert.Equal(10, BinaryPrimitives.ReadUInt16BigEndian(message));
        Assert.Equal(message.Length, BinaryPrimitives.ReadUInt16BigEndian(message[2..]));
        var header = new Header(
            BinaryPrimitives.ReadUInt32BigEndian(message[4..]),
            BinaryPrimitives.ReadUInt32BigEndian(message[8..]),
            BinaryPrimitives.ReadUInt32BigEndian(message[12..]),
            message.Length);
        Assert.Equal(_next ?? header.Sequence, header.Sequence);
        Headers.Add(header);
        int before = Records.Count;
        ReadOnlySpan<byte> rest = message[16..];
        while (rest.Length > 0)
        {
            int id = BinaryPrimitives.ReadUInt16BigEndian(rest);
            int length = BinaryPrimitives.ReadUInt16BigEndian(rest[2..]);
            Assert.InRange(length, 5, rest.Length);
            ReadSet(id, rest[4..length]);
            rest = rest[length..];
        }

        _next = header.Sequence + (uint)(Records.Count - before);
    }

    private void ReadSet(int id, ReadOnlySpan<byte> set)
    {
        if (id is 2 or 3)
        {
            TemplateSets += id == 2 ? 1 : 0;
            while (set.Length > 0)
            {
                ReadTemplate(ref set, hasScope: id == 3);
            }

            return;
        }

        Assert.True(id >= 256, $"Set id {id} is reserved.");
        while (set.Length > 0)
        {
            var values = new Dictionary<(uint, int), object>();
            foreach ((int element, int fixedLength, uint enterprise) in _templates[id])
            {
                int length = fixedLength;
                if (length == 65535)
                {
                    length = set[0];
                    set = set[1..];
                    if (length == 255)
                    {
                        length = BinaryPrimitives.ReadUInt16BigEndian(set);
                        set = set[2..];
                    }
                }

                values.Add((enterprise, element), Value(enterprise, element, set[..length]));
                set = set[length..];
            }

            Records.Add(new Record(id, values));
        }
    }

    private void ReadTemplate(ref ReadOnlySpan<byte> set, bool hasScope)
    {
        int id = BinaryPrimitives.ReadUInt16BigEndian(set);
        int count = BinaryPrimitives.ReadUInt16BigEndian(set[2..]);
        set = set[4..];
        Assert.True(id >= 256);
        if (hasScope)
        {
            Assert.InRange(BinaryPrimitives.ReadUInt16BigEndian(set), 1, count);
            set = set[2..];
        }

        var fields = new (int, int, uint)[count];
        for (int i = 0; i < count; i++)
        {
            int element = BinaryPrimitives.ReadUInt16BigEndian(set);
            int length = BinaryPrimitives.ReadUInt16BigEndian(set[2..]);
            bool own = (element & 0x8000) != 0;
            fields[i] = (element & 0x7fff, length, own ? BinaryPrimitives.ReadUInt32BigEndian(set[4..]) : 0);
            set = set[(own ? 8 : 4)..];
        }

        if (_templates.TryGetValue(id, out (int, int, uint)[]? known))
        {
            Assert.Equal(known, fields);
        }

        _templates[id] = fields;
    }

    private static object Value(uint enterprise, int element, ReadOnlySpan<byte> bytes) => (enterprise, element) switch
    {
        (0, 8 or 12 or 27 or 28) => new IPAddress(bytes),
        (not 0, _) or (0, 82 or 340 or 341) => Encoding.UTF8.GetString(bytes),
        _ => bytes.Length switch
        {
            1 => bytes[0],
            2 => BinaryPrimitives.ReadUInt16BigEndian(bytes),
            4 => BinaryPrimitives.ReadUInt32BigEndian(bytes),
            8 => (object)BinaryPrimitives.ReadUInt64BigEndian(bytes),
            _ => throw new InvalidOperationException($"Element {element} has {bytes.Length} bytes."),
        },
    };

    internal sealed record Header(uint ExportTime, uint Sequence, uint Domain, int Length);

    internal sealed class Record(int set, Dictionary<(uint Enterprise, int Id), object> values)
    {
        internal int Set => set;

        internal object? this[int element, uint enterprise = 0] => values.GetValueOrDefault((enterprise, element));

        /// <summary>The record as one text: protocol, ends, packets, bytes.</summary>
        internal string Flow => string.Create(
            CultureInfo.InvariantCulture,
            $"{this[4]} {this[8] ?? this[27]} {this[7]} {this[12] ?? this[28]} {this[11]} {this[2]} {this[1]}");
    }
}

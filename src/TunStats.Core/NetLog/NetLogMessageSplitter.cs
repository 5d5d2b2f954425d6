using System;
using System.Collections.Generic;
using System.Linq;
using TunStats.Classes;
using TunStats.Flows;
using TunStats.Net;

namespace TunStats.NetLog;

/// <summary>
/// Splits a message that would be too long as JSON. Every entry is in exactly one part; a node is named in each part
/// with one of its addresses, else in the first part with room.
/// </summary>
internal static class NetLogMessageSplitter
{
    private static readonly FlowClass[] Classes =
        [FlowClass.Virtual, FlowClass.Subnet, FlowClass.Exit, FlowClass.Physical];

    /// <summary>The message itself if short enough, else its parts in order, each made when it is asked for.</summary>
    /// <param name="message">The message.</param>
    /// <param name="schema">How it will be written.</param>
    /// <param name="maxLength">The limit of each part in bytes; it must be shorter.</param>
    /// <exception cref="ArgumentException">Not even one entry with its nodes fits.</exception>
    public static IEnumerable<NetLogMessage> Split(
        NetLogMessage message, NetLogSchema schema, int maxLength = NetLogMessage.MaxLength)
    {
        ArgumentNullException.ThrowIfNull(message);
        Part part = new(message, schema, maxLength);
        if (part.IsShortEnough)
        {
            yield return message;
            yield break;
        }

        foreach (FlowClass flowClass in Classes)
        {
            foreach (ConnectionCounts entry in message.Traffic(flowClass))
            {
                if (!part.TryAdd(flowClass, entry))
                {
                    yield return part.Take();
                    if (!part.TryAdd(flowClass, entry))
                    {
                        throw new ArgumentException(
                            $"An entry does not fit into a message of {maxLength} bytes.", nameof(maxLength));
                    }
                }
            }
        }

        foreach (NetLogNode node in part.NodesNotNamed())
        {
            if (!part.TryAdd(node))
            {
                yield return part.Take();
                if (!part.TryAdd(node))
                {
                    throw new ArgumentException(
                        $"Node {node.NodeId} does not fit into a message of {maxLength} bytes.", nameof(maxLength));
                }
            }
        }

        yield return part.Take();
    }

    /// <summary>The current part and its length as JSON.</summary>
    private sealed class Part
    {
        /// <summary>Name, colon, brackets and comma of a list, at most.</summary>
        private const int ListLength = 24;

        private readonly NetLogMessage _whole;
        private readonly NetLogSchema _schema;
        private readonly int _maxLength;
        private readonly int _emptyLength;
        private readonly Dictionary<IpAddr, NetLogNode> _nodesByAddress = [];
        private readonly HashSet<NetLogNode> _named = new(ReferenceEqualityComparer.Instance);
        private readonly HashSet<NetLogNode> _nodes = new(ReferenceEqualityComparer.Instance);
        private readonly List<ConnectionCounts>[] _lists = [[], [], [], []];
        private long _length;

        public Part(NetLogMessage whole, NetLogSchema schema, int maxLength)
        {
            _whole = whole;
            _schema = schema;
            _maxLength = maxLength;
            _emptyLength = NetLogJsonWriter.Measure(Message(), schema) + (5 * ListLength);
            _length = _emptyLength;
            foreach (NetLogNode node in schema == NetLogSchema.V1 ? [] : whole.DstNodes)
            {
                foreach (IpAddr address in node.AddressValues)
                {
                    _nodesByAddress.TryAdd(address, node);
                }
            }
        }

        public bool IsShortEnough => NetLogJsonWriter.Measure(_whole, _schema) < _maxLength;

        public bool TryAdd(FlowClass flowClass, in ConnectionCounts entry)
        {
            NetLogNode? source = NotYetHere(entry.SrcEndpoint.Address);
            NetLogNode? destination = NotYetHere(entry.DstEndpoint.Address);
            destination = ReferenceEquals(source, destination) ? null : destination;
            long length = NetLogJsonWriter.Measure(entry, _schema) + 1 + Length(source) + Length(destination);
            if (_length + length >= _maxLength)
            {
                return false;
            }

            _length += length;
            _lists[Array.IndexOf(Classes, flowClass)].Add(entry);
            Name(source);
            Name(destination);
            return true;
        }

        public bool TryAdd(NetLogNode node)
        {
            if (_length + Length(node) >= _maxLength)
            {
                return false;
            }

            _length += Length(node);
            Name(node);
            return true;
        }

        public IEnumerable<NetLogNode> NodesNotNamed() =>
            _schema == NetLogSchema.V1 ? [] : [.. _whole.DstNodes.Where(node => !_named.Contains(node))];

        public NetLogMessage Take()
        {
            NetLogMessage part = Message();
            _nodes.Clear();
            Array.ForEach(_lists, list => list.Clear());
            _length = _emptyLength;
            return part;
        }

        private NetLogMessage Message() => new()
        {
            StartTime = _whole.StartTime,
            EndTime = _whole.EndTime,
            NodeId = _whole.NodeId,
            SrcNode = _whole.SrcNode,
            LoggedTime = _whole.LoggedTime,
            LogId = _whole.LogId,
            DstNodes = [.. _nodes.OrderBy(node => node.NodeId, StringComparer.Ordinal)],
            VirtualTraffic = [.. _lists[0]],
            SubnetTraffic = [.. _lists[1]],
            ExitTraffic = [.. _lists[2]],
            PhysicalTraffic = [.. _lists[3]],
        };

        private NetLogNode? NotYetHere(in IpAddr address) =>
            _nodesByAddress.TryGetValue(address, out NetLogNode? node) && !_nodes.Contains(node) ? node : null;

        private static int Length(NetLogNode? node) => node is null ? 0 : NetLogJsonWriter.Measure(node) + 1;

        private void Name(NetLogNode? node)
        {
            if (node is not null)
            {
                _nodes.Add(node);
                _named.Add(node);
            }
        }
    }
}

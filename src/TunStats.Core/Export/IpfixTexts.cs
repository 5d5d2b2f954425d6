using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using TunStats.Classes;
using TunStats.Flows;
using TunStats.Net;
using TunStats.NetLog;

namespace TunStats.Export;

/// <summary>The texts of records, encoded once: each with its length in front.</summary>
internal sealed class IpfixTexts
{
    private static readonly byte[] NoText = [0];

    private readonly bool _hasOwnElements;
    private readonly byte[][] _suffixes;
    private readonly Dictionary<IpAddr, byte[]> _nodes = [];
    private NetLogNode? _self;
    private IReadOnlyList<NetLogNode> _others = [];

    /// <summary>The texts of a tunnel.</summary>
    /// <param name="tunnel">The interface's name.</param>
    /// <param name="hasOwnElements">Whether records have a class and may have nodes.</param>
    internal IpfixTexts(string tunnel, bool hasOwnElements)
    {
        _hasOwnElements = hasOwnElements;
        byte[] name = Encode(tunnel);
        _suffixes =
        [
            .. Enum.GetValues<FlowClass>().Select(flowClass => hasOwnElements
                ? [.. name, .. Encode(flowClass.ToString().ToLowerInvariant())]
                : name),
        ];
    }

    /// <summary>Whether any node of the message has a name.</summary>
    internal bool HasNodes => _nodes.Count > 0;

    /// <summary>What follows the numbers of a record: the tunnel, and the class where records have it.</summary>
    internal byte[] Suffix(FlowClass flowClass) => _suffixes[(int)flowClass];

    /// <summary>Takes the names of a message's nodes.</summary>
    internal void UseNodesOf(NetLogMessage message)
    {
        if (ReferenceEquals(message.SrcNode, _self) && ReferenceEquals(message.DstNodes, _others))
        {
            return;
        }

        (_self, _others) = (message.SrcNode, message.DstNodes);
        _nodes.Clear();
        if (!_hasOwnElements)
        {
            return;
        }

        Add(message.SrcNode);
        foreach (NetLogNode node in message.DstNodes)
        {
            Add(node);
        }
    }

    /// <summary>The name of the node that has the address; the empty text where none has.</summary>
    internal byte[] NodeOf(in IpAddr address) => _nodes.GetValueOrDefault(address, NoText);

    /// <summary>A text with its length in front, cut where it is too long.</summary>
    internal static byte[] Encode(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        int length = utf8.Length;
        if (length > IpfixElement.MaxTextBytes)
        {
            length = IpfixElement.MaxTextBytes;

            // Not in the middle of a character.
            while ((utf8[length] & 0xc0) == 0x80)
            {
                length--;
            }
        }

        return [(byte)length, .. utf8.AsSpan(0, length)];
    }

    private void Add(NetLogNode? node)
    {
        if (node is null || node.ToString().Length == 0)
        {
            return;
        }

        byte[] name = Encode(node.ToString());
        foreach (IpAddr address in node.AddressValues)
        {
            _nodes.TryAdd(address, name);
        }
    }
}

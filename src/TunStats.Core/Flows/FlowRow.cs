namespace TunStats.Flows;

/// <summary>
/// An entry of a table as a value. If its direction is unknown, the source is the end that opened the connection, else
/// the one with the higher port, else the first sender.
/// </summary>
internal readonly unsafe ref struct FlowRow
{
    private readonly FlowEntry* _entry;
    private readonly FlowEntryRest* _rest;
    private readonly int _way;

    internal FlowRow(FlowEntry* entry, FlowEntryRest* rest)
    {
        _entry = entry;
        _rest = rest;
        _way = IsDirectionKnown ? 0
            : Initiator != FlowInitiator.Unknown ? (Initiator == FlowInitiator.Remote ? 1 : 0)
            : entry->Key.SourcePort == entry->Key.DestinationPort && (State & FlowEntry.DestinationWasFirst) != 0 ? 1
            : 0;
    }

    internal FlowKey Key
    {
        get
        {
            ref FlowKey key = ref _entry->Key;
            var own = new FlowKey(
                key._sourceHigh,
                key._sourceLow,
                key._destinationHigh,
                key._destinationLow,
                key._rest & FlowEntry.KeyMask & ~FlowEntry.Undirected);
            return _way == 0 ? own : own.Swap();
        }
    }

    internal FlowCounts Counts
    {
        get
        {
            int tx = _way, rx = _way ^ 1;
            return new FlowCounts(
                Whole(_rest->PacketsHigh[tx], _entry->Counts[(2 * tx) + 1]),
                Whole(_rest->BytesHigh[tx], _entry->Counts[2 * tx]),
                Whole(_rest->PacketsHigh[rx], _entry->Counts[(2 * rx) + 1]),
                Whole(_rest->BytesHigh[rx], _entry->Counts[2 * rx]));
        }
    }

    internal long FirstSeen => _rest->FirstSeen;

    internal long LastSeen => _entry->LastSeen;

    internal FlowInitiator OpenedBy =>
        !IsDirectionKnown && Initiator != FlowInitiator.Unknown ? FlowInitiator.Local : Initiator;

    private ulong State => _entry->Key._rest;

    private bool IsDirectionKnown => (State & FlowEntry.Undirected) == 0;

    private FlowInitiator Initiator => (FlowInitiator)((State >> FlowEntry.InitiatorShift) & 3);

    private static ulong Whole(uint high, uint low) => ((ulong)high << 32) | low;
}

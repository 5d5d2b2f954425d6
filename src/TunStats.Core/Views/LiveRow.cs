using TunStats.Flows;

namespace TunStats.Views;

/// <summary>A row of the live view: a connection, or a sum of connections.</summary>
/// <param name="Proto">The protocol; empty for sums.</param>
/// <param name="From">This node's side, or what is summed by.</param>
/// <param name="To">The other side; empty for sums.</param>
/// <param name="Class">The class.</param>
/// <param name="Connections">How many connections it is.</param>
/// <param name="TxRate">Bytes per second sent in the last window.</param>
/// <param name="RxRate">Bytes per second received in the last window.</param>
/// <param name="Rate">Bytes per second of both directions over ten seconds.</param>
/// <param name="Total">Bytes since the view began.</param>
internal sealed record LiveRow(
    string Proto,
    string From,
    string To,
    FlowClass Class,
    long Connections,
    double TxRate,
    double RxRate,
    double Rate,
    double Total);

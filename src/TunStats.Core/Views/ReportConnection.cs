using TunStats.Flows;
using TunStats.Net;

namespace TunStats.Views;

/// <summary>A connection in a report, over all windows.</summary>
internal readonly record struct ReportConnection(
    IpProtocol Protocol, AddrPort Source, AddrPort Destination, FlowClass Class);

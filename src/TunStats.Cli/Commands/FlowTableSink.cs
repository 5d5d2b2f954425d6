using System.Globalization;
using System.Text;
using System.Threading;
using TunStats.Flows;
using TunStats.Interop;

namespace TunStats.Cli.Commands;

/// <summary>A table for each window.</summary>
internal sealed class FlowTableSink(DescriptorOutput output) : FlowSink
{
    // An IPv4 address and a port; IPv6 makes its own row wider.
    private const int EndWidth = 21;
    private const int BytesWidth = 9;

    private readonly StringBuilder _text = new();
    private bool _isFurther;

    public override void OnReport(FlowReport report)
    {
        FlowWindow window = report.Window;
        _text.Clear();
        _text.Append(_isFurther ? "\n" : "");
        _text.Append(CultureInfo.InvariantCulture, $"{window.Source}  {window.Start}  {window.Seconds:0.###} s\n");
        _text.Append("PROTO   ").Append("SOURCE".PadRight(EndWidth)).Append("  ");
        _text.Append("DESTINATION".PadRight(EndWidth)).Append("         TX         RX  TX-PACKETS  RX-PACKETS\n");
        _isFurther = true;
        foreach (TupleCounts flow in report.TakeFlows())
        {
            _text.Append(flow.Proto.PadRight(6)).Append("  ");
            _text.Append(flow.Src.PadRight(EndWidth)).Append("  ");
            _text.Append(flow.Dst.PadRight(EndWidth)).Append("  ");
            _text.Append(HumanText.Bytes(flow.TxBytes).PadLeft(BytesWidth)).Append("  ");
            _text.Append(HumanText.Bytes(flow.RxBytes).PadLeft(BytesWidth)).Append("  ");
            _text.Append(HumanText.Count(flow.TxPackets).PadLeft(10)).Append("  ");
            _text.Append(HumanText.Count(flow.RxPackets).PadLeft(10)).Append('\n');
            Send();
        }

        Send();
        output.Flush(CancellationToken.None);
    }

    private void Send()
    {
        output.Write(Encoding.UTF8.GetBytes(_text.ToString()), CancellationToken.None);
        _text.Clear();
    }
}

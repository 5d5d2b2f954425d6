using System.Globalization;
using System.Text;
using TunStats.Flows;

namespace TunStats.Cli.Commands;

/// <summary>A table for each window.</summary>
internal sealed class FlowTableSink(FlowOutput output) : FlowSink(output)
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
        int left = report.CountToTake;
        foreach (TupleCounts flow in report.TakeFlows())
        {
            if (Output.IsOver)
            {
                Output.CountUnwritten(left);
                break;
            }

            left--;
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
        Output.Flush();
    }

    private void Send()
    {
        Output.Write(Encoding.UTF8.GetBytes(_text.ToString()));
        _text.Clear();
    }
}

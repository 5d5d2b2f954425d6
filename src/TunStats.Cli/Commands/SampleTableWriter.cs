using System;
using System.Globalization;
using System.Text;
using TunStats.IO;
using TunStats.Links;
using TunStats.Peers;
using TunStats.Polling;

namespace TunStats.Cli.Commands;

/// <summary>
/// A line for each sample under one heading: rates since the sample before, and what was dropped or bad since then, in
/// colour on a terminal.
/// </summary>
/// <param name="output">Takes the lines.</param>
/// <param name="isDetailed">Whether to add the state of the link and its queue.</param>
internal sealed class SampleTableWriter(QueuedOutput output, bool isDetailed) : ISampleWriter
{
    // "2026-01-31T23:59:59.999Z", and the longest name that a device can have (IFNAMSIZ - 1). What follows is as wide
    // as its heading.
    private const int TimeWidth = 24;
    private const int NameWidth = 15;

    // "QDISC-DROPS", "1023 MiB" and more, and "LowerLayerDown".
    private const int DropsWidth = 11;
    private const int BacklogWidth = 10;
    private const int StateWidth = 14;

    private static readonly string[] Headings =
    [
        "    RX/S", "    TX/S", "RX-PACKETS/S", "TX-PACKETS/S", "    ERRORS", "  RX-DROPS", "  TX-DROPS",
    ];

    private static readonly string DetailedHeading =
        $"  {"QDISC-DROPS".PadLeft(DropsWidth)}  {"BACKLOG".PadLeft(BacklogWidth)}  {"STATE".PadRight(StateWidth)}";

    private readonly bool _colour = HumanText.IsColourWanted;
    private readonly StringBuilder _line = new();
    private bool _hasHeading;

    /// <summary>The row of a path that changed.</summary>
    internal static string Row(PeerPathChange change, string text) =>
        $"{Time(change.Timestamp)}  {change.Device.PadRight(NameWidth)}  {PrintableText.Escape(text)}\n";

    public void Write(LinkSample sample)
    {
        _line.Clear();
        if (!_hasHeading)
        {
            _line.Append("TIME".PadRight(TimeWidth)).Append("  ").Append("NAME".PadRight(NameWidth));
            foreach (string heading in Headings)
            {
                _line.Append("  ").Append(heading);
            }

            _line.Append(isDetailed ? DetailedHeading : "").Append("  EVENT\n");
            _hasHeading = true;
        }

        _line.Append(Time(sample.Timestamp));
        _line.Append("  ").Append(sample.Name.PadRight(NameWidth));
        LinkIncrease? increase = sample.Increase;
        Append(0, sample.RxBytesPerSecond is { } rx ? SizeText.Bytes(rx) : null);
        Append(1, sample.TxBytesPerSecond is { } tx ? SizeText.Bytes(tx) : null);
        Append(2, Rate(sample.RxPacketsPerSecond));
        Append(3, Rate(sample.TxPacketsPerSecond));
        AppendAlert(4, increase is null ? null : increase.RxErrors + increase.TxErrors);
        AppendAlert(5, increase?.RxDropped);
        AppendAlert(6, increase?.TxDropped);
        if (isDetailed)
        {
            AppendDetails(sample.Stats as DetailedLinkStats);
        }

        AppendEvent(sample);
        _line.Append('\n');
        output.Write(Encoding.UTF8.GetBytes(_line.ToString()));
    }

    private static string Time(DateTime time) =>
        time.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static string? Rate(double? rate) => rate?.ToString("0.0", CultureInfo.InvariantCulture);

    private void Append(int column, string? cell) =>
        _line.Append("  ").Append((cell ?? "-").PadLeft(Headings[column].Length));

    private void AppendAlert(int column, ulong? count)
    {
        bool alert = _colour && count > 0;
        _line.Append(alert ? HumanText.Yellow : "");
        Append(column, count is { } number ? HumanText.Count(number) : null);
        _line.Append(alert ? HumanText.Plain : "");
    }

    private void AppendDetails(DetailedLinkStats? details)
    {
        string drops = details?.QdiscDrops is { } count ? HumanText.Count(count) : "-";
        string backlog = details?.QdiscBacklogBytes is { } bytes ? SizeText.Bytes(bytes) : "-";
        string state = details is null ? "-" : HumanText.State(details.OperationalState);
        _line.Append("  ").Append(drops.PadLeft(DropsWidth)).Append("  ").Append(backlog.PadLeft(BacklogWidth));
        _line.Append("  ").Append(state.PadRight(StateWidth));
    }

    private void AppendEvent(LinkSample sample)
    {
        string text = sample.Event switch
        {
            LinkSampleEvent.First => "first",
            LinkSampleEvent.Reset => "reset",
            LinkSampleEvent.Reappeared => "reappeared",
            LinkSampleEvent.Gone => "gone",
            LinkSampleEvent.Error => $"error: {sample.Error}",
            _ => "",
        };
        if (sample.MissedBeats > 0)
        {
            string missed = CountText.Of(sample.MissedBeats, "tick missed", "ticks missed");
            text = text.Length == 0 ? missed : $"{text}, {missed}";
        }

        if (text.Length > 0)
        {
            _line.Append("  ").Append(text);
        }
    }
}

using System;
using System.Collections.Generic;
using System.Text;

namespace TunStats.Cli.Arguments;

/// <summary>The manual page tunstats(1), from the tables that the help is made of.</summary>
internal static class ManualPage
{
    private const string Introduction =
        "tunstats reads the counters of tunnel devices (Tailscale, WireGuard, OpenVPN, any TUN device) from the Linux "
        + "kernel, counts the traffic of each connection, classifies it as virtual, subnet or exit traffic, and writes "
        + "network log messages and reports. A time is a number of seconds, or a number with a unit: 500ms, 15s, 5m, "
        + "1h, 1d.";

    private const string Permissions =
        "Counters of the own network namespace take no privilege. Counting a device's connections takes CAP_NET_RAW, "
        + "the peers of a WireGuard device in the kernel CAP_NET_ADMIN, another network namespace CAP_SYS_ADMIN. "
        + "Capture files and reports take no privilege.";

    private const string SignalsText =
        "SIGINT and SIGTERM end a command after it has written what it has. SIGHUP reopens the file of netlog --out, "
        + "and ends the other commands.";

    private const string Services =
        "The package has units for systemd, tunstats-poll@DEVICE and tunstats-netlog@DEVICE. Systemd wants a device "
        + "with other signs than letters, digits, '_' and '.' in its name escaped: "
        + "systemctl start \"tunstats-netlog@$(systemd-escape wg-home)\".";

    private static readonly (string Text, string Command)[] Examples =
    [
        ("Is the tunnel dropping packets?", "tunstats stats tailscale0"),
        ("Who fills it? Count for ten seconds.", "tunstats flows tailscale0 --duration 10 --top 10"),
        ("How much of it is exit traffic?", "tunstats flows tailscale0 --duration 1m --group-by class"),
        (
            "Log every minute to a file.",
            "tunstats netlog tailscale0 --interval 1m --out /var/log/tunstats/tunnel.jsonl"),
        ("Make a report of the log.", "tunstats report /var/log/tunstats/tunnel.jsonl --out report.html"),
    ];

    private static readonly (string Code, string Meaning)[] ExitCodes =
    [
        ("0", "The command did what it was asked to. A reader that goes away early, such as head, is not an error."),
        ("1", "Something failed; standard error has one line for each failure."),
        ("2", "The arguments are wrong; standard error says how."),
        (
            "3",
            "netlog ended as it was asked to, but messages were not delivered; standard error says how many, and which "
            + "destination did not get them."),
    ];

    /// <summary>Writes the page.</summary>
    /// <param name="version">The program's version.</param>
    /// <param name="summary">What the program is, in one sentence.</param>
    /// <param name="commands">All commands.</param>
    /// <param name="options">The options of the program itself.</param>
    internal static string Of(
        string version, string summary, IReadOnlyList<Command> commands, IReadOnlyList<Option> options)
    {
        var page = new StringBuilder($".TH TUNSTATS 1 \"\" \"tunstats {Escape(version)}\" \"User Commands\"\n");
        page.Append(".nh\n.ad l\n.SH NAME\n");
        Append(page, $"tunstats - {char.ToLowerInvariant(summary[0])}{summary[1..].TrimEnd('.')}");
        page.Append(".SH SYNOPSIS\n.nf\n");
        foreach (Command command in commands)
        {
            Append(page, $"tunstats {HelpText.Usage(command)}");
        }

        page.Append(".fi\n.SH DESCRIPTION\n");
        Append(page, Introduction);
        page.Append(".SH OPTIONS\n");
        AppendOptions(page, [.. options, HelpText.Help]);
        page.Append(".SH COMMANDS\n");
        foreach (Command command in commands)
        {
            page.Append(".SS \"tunstats ").Append(Escape(HelpText.Usage(command))).Append("\"\n");
            Append(page, command.Summary);
            AppendTagged(page, command.Operands.Name, command.Operands.Description);
            AppendOptions(page, command.Options);
        }

        AppendTail(page);
        return page.ToString();
    }

    private static void AppendTail(StringBuilder page)
    {
        page.Append(".SH \"EXIT STATUS\"\n");
        foreach ((string code, string meaning) in ExitCodes)
        {
            AppendTagged(page, code, meaning);
        }

        page.Append(".SH SIGNALS\n");
        Append(page, SignalsText);
        page.Append(".SH PERMISSIONS\n");
        Append(page, Permissions);
        page.Append(".SH SERVICES\n");
        Append(page, Services);
        page.Append(".SH EXAMPLES\n");
        foreach ((string text, string command) in Examples)
        {
            page.Append(".PP\n");
            Append(page, text);
            page.Append(".PP\n.RS 4\n.nf\n");
            Append(page, command);
            page.Append(".fi\n.RE\n");
        }

        page.Append(".SH \"SEE ALSO\"\n.BR ip (8),\n.BR wg (8),\n.BR tcpdump (8),\n.BR systemd.service (5)\n");
    }

    private static void AppendOptions(StringBuilder page, IReadOnlyList<Option> options)
    {
        foreach (Option option in options)
        {
            AppendTagged(page, HelpText.Names(option), HelpText.Description(option));
        }
    }

    private static void AppendTagged(StringBuilder page, string tag, string text)
    {
        page.Append(".TP\n.B ").Append(Escape(tag)).Append('\n');
        Append(page, text);
    }

    private static void Append(StringBuilder page, string text)
    {
        // A control line begins with a dot or an apostrophe.
        page.Append(text[0] is '.' or '\'' ? "\\&" : "").Append(Escape(text)).Append('\n');
    }

    // A dash of the text is a minus sign to whoever copies it; roff would set a hyphen.
    private static string Escape(string text) => text
        .Replace("\\", "\\e", StringComparison.Ordinal)
        .Replace("-", "\\-", StringComparison.Ordinal)
        .Replace("'", "\\(aq", StringComparison.Ordinal);
}

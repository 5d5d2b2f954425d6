using TunStats.Flows;

namespace TunStats.Views;

/// <summary>What the user chose with keys.</summary>
internal sealed record LiveSettings
{
    /// <summary>What connections are summed by; null for none.</summary>
    internal FlowGrouping? GroupBy { get; init; }

    internal LiveSort Sort { get; init; }

    /// <summary>What a row's text has to have; empty for all.</summary>
    internal string Filter { get; init; } = "";

    /// <summary>Whether keys are typed into the filter.</summary>
    internal bool IsTyping { get; init; }

    internal bool IsPaused { get; init; }

    internal bool IsHelpShown { get; init; }

    /// <summary>Whether addresses stand where there are names.</summary>
    internal bool ShowsAddresses { get; init; }

    /// <summary>The first row that is shown.</summary>
    internal int Scroll { get; init; }

    /// <summary>The device that is shown; -1 for the sum of all.</summary>
    internal int Device { get; init; } = -1;

    /// <summary>Whether the user wants to leave.</summary>
    internal bool IsOver { get; init; }

    /// <summary>The settings after a key.</summary>
    /// <param name="key">The key: a character, or a name such as <c>Up</c>.</param>
    /// <param name="devices">How many devices there are.</param>
    internal LiveSettings After(string key, int devices)
    {
        if (IsTyping)
        {
            return key switch
            {
                "Enter" => this with { IsTyping = false },
                "Escape" => this with { IsTyping = false, Filter = "" },
                "Backspace" => this with { Filter = Filter.Length > 0 ? Filter[..^1] : "" },
                { Length: 1 } when Filter.Length < 60 => this with { Filter = Filter + key, Scroll = 0 },
                _ => this,
            };
        }

        if (IsHelpShown)
        {
            return this with { IsHelpShown = false, IsOver = key is "q" };
        }

        return key switch
        {
            "q" or "Q" => this with { IsOver = true },
            "Escape" => this with { Filter = "", Scroll = 0 },
            "h" or "?" => this with { IsHelpShown = true },
            "p" or " " => this with { IsPaused = !IsPaused },
            "s" => this with { Sort = Sort == LiveSort.Name ? LiveSort.Rate : Sort + 1, Scroll = 0 },
            "g" => this with
            {
                GroupBy = GroupBy switch
                {
                    null => FlowGrouping.Host,
                    FlowGrouping.Protocol => null,
                    { } by => by + 1,
                },
                Scroll = 0,
            },
            "n" => this with { ShowsAddresses = !ShowsAddresses },
            "d" => this with { Device = Device + 1 < devices ? Device + 1 : -1, Scroll = 0 },
            "/" => this with { IsTyping = true, Filter = "" },
            "Up" or "k" => this with { Scroll = int.Max(0, Scroll - 1) },
            "Down" or "j" => this with { Scroll = Scroll + 1 },
            "PageUp" => this with { Scroll = int.Max(0, Scroll - 10) },
            "PageDown" => this with { Scroll = Scroll + 10 },
            "Home" => this with { Scroll = 0 },
            _ => this,
        };
    }
}

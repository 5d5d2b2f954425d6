using System;
using System.Collections.Generic;
using System.Management.Automation;

namespace TunStats.PowerShell.Jobs;

/// <summary>The alerts that a poller's job was asked for.</summary>
/// <param name="When">The text of the condition.</param>
/// <param name="HoldFor">How long the condition must hold.</param>
/// <param name="Action">The text of what to run for each alert; null for nothing.</param>
/// <param name="Variables">The values of the caller's variables that the texts use, by their names in them.</param>
/// <param name="LanguageMode">The caller's language mode: its scripts get no more rights here.</param>
/// <param name="ModulePath">The module file, whose views and properties the scripts see; null for none.</param>
/// <param name="Location">The caller's directory.</param>
internal sealed record AlertOptions(
    string When,
    TimeSpan HoldFor,
    string? Action,
    IReadOnlyDictionary<string, object?> Variables,
    PSLanguageMode LanguageMode,
    string? ModulePath,
    string Location);

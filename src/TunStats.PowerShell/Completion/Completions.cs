using System;
using System.Collections;
using System.Collections.Generic;
using System.Management.Automation;
using TunStats.Interop;

namespace TunStats.PowerShell.Completion;

/// <summary>What the completers share.</summary>
internal static class Completions
{
    /// <summary>The word under the cursor as a pattern, without the quote that it may begin with.</summary>
    internal static WildcardPattern Pattern(string wordToComplete)
    {
        string word = wordToComplete.Trim('\'', '"');
        return WildcardPattern.Get(
            WildcardPattern.ContainsWildcardCharacters(word) ? word : word + "*", WildcardOptions.None);
    }

    /// <summary>A parameter that was bound before the one that is completed.</summary>
    internal static string? Bound(IDictionary fakeBoundParameters, string name) =>
        fakeBoundParameters.Contains(name) ? fakeBoundParameters[name]?.ToString() : null;

    /// <summary>One entry, quoted where a bare word would not be taken as it is.</summary>
    internal static CompletionResult Result(string text, string toolTip)
    {
        bool plain = true;
        foreach (char c in text)
        {
            plain &= char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '/';
        }

        string completion = plain ? text : $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
        return new CompletionResult(completion, text, CompletionResultType.ParameterValue, toolTip);
    }

    /// <summary>
    /// Runs a listing; one that fails completes nothing, for a completer must never break the prompt.
    /// </summary>
    internal static IEnumerable<CompletionResult> Try(Func<IReadOnlyList<CompletionResult>> list)
    {
        try
        {
            return list();
        }
        catch (Exception e) when (e is TunStatsException or System.IO.IOException)
        {
            return [];
        }
    }
}

using System;
using System.Collections;
using System.Collections.Generic;
using System.Management.Automation;
using System.Management.Automation.Language;
using TunStats.Classes;

namespace TunStats.PowerShell.Completion;

/// <summary>Completes the word for the device's own subnets.</summary>
public sealed class OverlayCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters) =>
        ClassifierOptions.OwnSubnets.StartsWith(wordToComplete.Trim('\'', '"'), StringComparison.OrdinalIgnoreCase)
            ? [Completions.Result(ClassifierOptions.OwnSubnets, "The subnets of the device's own addresses")]
            : [];
}

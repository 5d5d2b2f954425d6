using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Language;
using TunStats.IO;

namespace TunStats.PowerShell.Completion;

/// <summary>Completes the names that <c>ip netns</c> knows.</summary>
public sealed class NetworkNamespaceCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters) =>
        Completions.Try(() =>
        {
            WildcardPattern pattern = Completions.Pattern(wordToComplete);
            return
            [
                .. NetworkNamespace.ListNames()
                    .Where(pattern.IsMatch)
                    .Select(name => Completions.Result(name, $"The network namespace {name}")),
            ];
        });
}

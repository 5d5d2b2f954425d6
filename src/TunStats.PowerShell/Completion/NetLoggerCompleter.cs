using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Language;
using TunStats.Logging;

namespace TunStats.PowerShell.Completion;

/// <summary>Completes the names of the loggers that run.</summary>
public sealed class NetLoggerCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        WildcardPattern pattern = Completions.Pattern(wordToComplete);
        return NetLoggers.OfProcess.Running
            .Select(logger => logger.Status)
            .Where(status => pattern.IsMatch(status.Name))
            .Select(status => Completions.Result(status.Name, $"logs {status.Device}"));
    }
}

using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Language;
using TunStats.Net;

namespace TunStats.PowerShell.Completion;

/// <summary>Completes the names of IP protocols, the common ones first.</summary>
public sealed class ProtocolCompleter : IArgumentCompleter
{
    private static readonly byte[] Common = [6, 17, 1, 58, 132];

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        string word = wordToComplete.Trim('\'', '"');
        return Enumerable.Range(1, 254)
            .Select(number => new IpProtocol((byte)number))
            .Where(protocol => !char.IsAsciiDigit(protocol.Name[0])
                && protocol.Name.StartsWith(word, StringComparison.OrdinalIgnoreCase))
            .OrderBy(protocol => (uint)Array.IndexOf(Common, protocol.Number))
            .ThenBy(protocol => protocol.Name, StringComparer.Ordinal)
            .Select(protocol => Completions.Result(protocol.Name, $"{protocol.DisplayName}, number {protocol.Number}"));
    }
}

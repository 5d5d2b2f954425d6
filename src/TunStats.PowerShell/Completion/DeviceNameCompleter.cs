using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Language;
using TunStats.IO;
using TunStats.Links;

namespace TunStats.PowerShell.Completion;

/// <summary>Completes the names of interfaces, tunnels first, in the namespace that the command names.</summary>
public sealed class DeviceNameCompleter : IArgumentCompleter
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
            string? text = Completions.Bound(fakeBoundParameters, "NetworkNamespace");
            using NetworkNamespace? space = text is null ? null : NetworkNamespace.Open(text);
            using LinkClient client = LinkClient.Open(space);
            WildcardPattern pattern = Completions.Pattern(wordToComplete);
            return
            [
                .. client.ListLinks(link => pattern.IsMatch(link.Name)).Items
                    .OrderBy(link => !link.IsTunnel)
                    .ThenBy(link => link.Name, System.StringComparer.Ordinal)
                    .Select(link => Completions.Result(link.Name, ToolTip(link))),
            ];
        });

    private static string ToolTip(LinkInfo link)
    {
        string state = (link.Flags & LinkFlags.Up) == 0 ? "down"
            : (link.Flags & LinkFlags.LowerUp) == 0 ? "up, no carrier"
            : "up";
        return $"{link.Name}: {link.Kind}, {state}, MTU {link.Mtu}";
    }
}

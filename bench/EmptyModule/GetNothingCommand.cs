using System.Management.Automation;

namespace TunStats.EmptyModule;

/// <summary>What a C# cmdlet costs that does nothing.</summary>
[Cmdlet(VerbsCommon.Get, "Nothing")]
public sealed class GetNothingCommand : PSCmdlet
{
}

using System.Management.Automation;

namespace TunStats.EmptyModule;

/// <summary>What PowerShell takes for objects that hold nothing.</summary>
[Cmdlet(VerbsCommon.Get, "NothingMany")]
public sealed class GetNothingManyCommand : PSCmdlet
{
    /// <summary>How many to write.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    public int Count { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        for (int i = 0; i < Count; i++)
        {
            WriteObject(new object());
        }
    }
}

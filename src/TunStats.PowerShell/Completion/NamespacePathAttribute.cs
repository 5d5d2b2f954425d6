using System;
using System.IO;
using System.Management.Automation;

namespace TunStats.PowerShell.Completion;

/// <summary>Makes a relative path of a network namespace one that starts from PowerShell's location.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NamespacePathAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        ArgumentNullException.ThrowIfNull(engineIntrinsics);
        object value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return value is string text && text.Contains('/') && !Path.IsPathRooted(text)
            ? Path.GetFullPath(text, engineIntrinsics.SessionState.Path.CurrentFileSystemLocation.ProviderPath)
            : inputData;
    }
}

using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Management.Automation;
using TunStats.Links;
using TunStats.PowerShell.Conversion;

namespace TunStats.PowerShell.Completion;

/// <summary>
/// Takes the device of an object, such as counters, samples, peers, or what <c>ip -json</c> prints. A text may have
/// wildcards; the name in an object has none.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class DeviceNameAttribute : ArgumentTransformationAttribute
{
    // A peer has a name of its own beside that of its device.
    private static readonly string[] Properties = ["Device", "InterfaceName", "IfName", "Name"];

    private readonly bool _isSingle;

    /// <summary>Takes any number of devices.</summary>
    public DeviceNameAttribute()
    {
    }

    internal DeviceNameAttribute(bool isSingle) => _isSingle = isSingle;

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        if (value is not IList list)
        {
            return NameOf(inputData, value)!;
        }

        if (_isSingle)
        {
            return list.Count == 1
                ? Transform(engineIntrinsics, list[0]!)
                : throw new ArgumentTransformationMetadataException(
                    $"{list.Count} names were given. Give one name, or a wildcard such as wg* for devices that are "
                    + "logged together; other devices need a logger each.");
        }

        List<object?> names = [];
        foreach (object? item in list)
        {
            names.Add(NameOf(item, item is PSObject inner ? inner.BaseObject : item));
        }

        return names.ToArray();
    }

    private static object? NameOf(object? input, object? value)
    {
        if (value is null or string || value.GetType().IsPrimitive)
        {
            return input;
        }

        var properties = new PropertyReader(PSObject.AsPSObject(input!));
        if (value is FileSystemInfo || properties.Has("PSPath"))
        {
            throw NotADevice("A file is not a device.");
        }

        foreach (string property in Properties)
        {
            if (properties.Has(property))
            {
                return properties.Text(property) is { Length: > 0 } name
                    ? LinkNamePattern.EscapeName(name)
                    : throw new ArgumentTransformationMetadataException(
                        $"The object has no device: its property {property} is empty.");
            }
        }

        throw NotADevice(
            "The object has no device: it needs a property Name, InterfaceName, IfName or Device.");
    }

    // With this cause PowerShell tries other ways to bind the object.
    private static ArgumentTransformationMetadataException NotADevice(string message) =>
        new(message, new PSInvalidCastException(message));
}

using System;
using System.ComponentModel;
using System.Management.Automation;

namespace TunStats.PowerShell.Conversion;

/// <summary>What the converters share: PowerShell asks them by object or by wrapper.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class ObjectConverter : PSTypeConverter
{
    /// <inheritdoc/>
    public override bool CanConvertFrom(object sourceValue, Type destinationType) =>
        sourceValue is not null and not string && CanRead(new PropertyReader(PSObject.AsPSObject(sourceValue)));

    /// <inheritdoc/>
    public override bool CanConvertFrom(PSObject sourceValue, Type destinationType) =>
        CanConvertFrom((object)sourceValue, destinationType);

    /// <inheritdoc/>
    public override object ConvertFrom(
        object sourceValue, Type destinationType, IFormatProvider formatProvider, bool ignoreCase)
    {
        try
        {
            return Read(new PropertyReader(PSObject.AsPSObject(sourceValue)));
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw new PSInvalidCastException(e.Message, e);
        }
    }

    /// <inheritdoc/>
    public override object ConvertFrom(
        PSObject sourceValue, Type destinationType, IFormatProvider formatProvider, bool ignoreCase) =>
        ConvertFrom((object)sourceValue, destinationType, formatProvider, ignoreCase);

    /// <inheritdoc/>
    public override bool CanConvertTo(object sourceValue, Type destinationType) => false;

    /// <inheritdoc/>
    public override object ConvertTo(
        object sourceValue, Type destinationType, IFormatProvider formatProvider, bool ignoreCase) =>
        throw new NotSupportedException();

    /// <summary>Whether an object has what is needed.</summary>
    private protected abstract bool CanRead(PropertyReader properties);

    /// <summary>Makes the typed object.</summary>
    private protected abstract object Read(PropertyReader properties);
}

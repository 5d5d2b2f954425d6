using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.Management.Automation;

namespace TunStats.PowerShell.Conversion;

/// <summary>
/// Reads the properties of an object by name: of a live object, of one that came back from another process or a file,
/// of a custom object or of a hashtable.
/// </summary>
internal readonly struct PropertyReader
{
    private readonly PSObject _object;
    private readonly IDictionary? _entries;

    internal PropertyReader(PSObject value)
    {
        _object = value;
        _entries = value.BaseObject as IDictionary;
    }

    /// <summary>The value of a property without a wrapper; null if it is missing or empty.</summary>
    internal object? Value(string name) =>
        Wrapped(name) is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : Wrapped(name);

    /// <summary>Whether there is such a property.</summary>
    internal bool Has(string name) => _entries?.Contains(name) ?? _object.Properties[name] is not null;

    /// <summary>
    /// A text; empty if it is missing. An enum that came back from another process is a number whose wrapper alone
    /// knows the name.
    /// </summary>
    internal string Text(string name) => Wrapped(name)?.ToString() ?? "";

    /// <summary>A number, an enum or a time span; the default value where it is missing.</summary>
    /// <exception cref="PSInvalidCastException">The value cannot be one.</exception>
    internal T? Read<T>(string name)
    {
        object? value = Value(name);
        return value is null or "" ? default
            : (T?)LanguagePrimitives.ConvertTo(value, typeof(T), CultureInfo.InvariantCulture);
    }

    /// <summary>An instant in UTC; a time without a zone is taken as UTC. Null if it is missing.</summary>
    /// <exception cref="FormatException">The value is not a time.</exception>
    internal DateTime? Time(string name) => Value(name) switch
    {
        null or "" => null,
        DateTime { Kind: DateTimeKind.Local } local => local.ToUniversalTime(),
        DateTime time => DateTime.SpecifyKind(time, DateTimeKind.Utc),
        DateTimeOffset offset => offset.UtcDateTime,
        object other => TryParse($"{other}", out DateTime time)
            ? time
            : throw new FormatException($"{name} is '{other}', which is not a time."),
    };

    /// <summary>The objects of a list; empty if it is missing.</summary>
    internal IEnumerable<PSObject> List(string name)
    {
        object? value = Value(name);
        if (value is null)
        {
            yield break;
        }

        IEnumerator all = LanguagePrimitives.GetEnumerator(value) ?? new[] { value }.GetEnumerator();
        while (all.MoveNext())
        {
            if (all.Current is { } item)
            {
                yield return PSObject.AsPSObject(item);
            }
        }
    }

    // Export-Csv writes times as the session's culture has them; every other text is ISO 8601.
    private static bool TryParse(string text, out DateTime time)
    {
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        bool isIso = text.Length >= 10 && text[4] == '-' && text[7] == '-';
        return (!isIso && DateTime.TryParse(text, CultureInfo.CurrentCulture, Utc, out time))
            || DateTime.TryParse(text, CultureInfo.InvariantCulture, Utc, out time);
    }

    private object? Wrapped(string name) => _entries is null ? _object.Properties[name]?.Value : _entries[name];
}

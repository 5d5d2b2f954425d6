using System;
using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Numerics;
using System.Text;
using System.Text.Json;

namespace TunStats.PowerShell.Conversion;

/// <summary>
/// Writes objects that were read from JSON, as Invoke-RestMethod and ConvertFrom-Json give them, as JSON again.
/// </summary>
internal static class ObjectJson
{
    private const int MaxDepth = 64;

    /// <summary>The text of an object.</summary>
    /// <exception cref="ArgumentException">The object is nested too deep to come from JSON.</exception>
    internal static string Of(object value)
    {
        ArrayBufferWriter<byte> text = new();
        using (Utf8JsonWriter json = new(text, new JsonWriterOptions { SkipValidation = true }))
        {
            Write(json, value, MaxDepth);
        }

        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, object? value, int depth)
    {
        if (depth == 0)
        {
            throw new ArgumentException("The object is nested too deep.", nameof(value));
        }

        object? plain = value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : value;
        switch (plain)
        {
            case null:
                json.WriteNullValue();
                break;
            case string text:
                json.WriteStringValue(text);
                break;
            case bool truth:
                json.WriteBooleanValue(truth);
                break;
            case DateTime time:
                json.WriteStringValue(time.ToUniversalTime());
                break;
            case DateTimeOffset time:
                json.WriteStringValue(time.UtcDateTime);
                break;
            case sbyte or byte or short or ushort or int or uint or long or ulong or float or double or decimal
                or BigInteger:
                json.WriteRawValue(((IFormattable)plain).ToString(null, CultureInfo.InvariantCulture));
                break;
            case IDictionary entries:
                json.WriteStartObject();
                foreach (DictionaryEntry entry in entries)
                {
                    json.WritePropertyName($"{entry.Key}");
                    Write(json, entry.Value, depth - 1);
                }

                json.WriteEndObject();
                break;
            case IEnumerable list:
                json.WriteStartArray();
                foreach (object? item in list)
                {
                    Write(json, item, depth - 1);
                }

                json.WriteEndArray();
                break;
            default:
                json.WriteStartObject();
                foreach (PSPropertyInfo property in PSObject.AsPSObject(plain).Properties)
                {
                    json.WritePropertyName(property.Name);
                    Write(json, property.Value, depth - 1);
                }

                json.WriteEndObject();
                break;
        }
    }
}

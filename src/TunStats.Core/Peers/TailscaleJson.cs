using System;
using System.Collections.Generic;
using System.Text;
using System.Text.Json;
using TunStats.IO;
using TunStats.Net;

namespace TunStats.Peers;

/// <summary>
/// Reads a JSON document of tailscaled. Missing or null members keep their defaults, unknown ones are skipped; a member
/// of an unexpected type is an error that names it.
/// </summary>
internal ref struct TailscaleJson
{
    // Longer than any valid DNS name, user or version. Longer texts are ignored.
    private const int MaxTextLength = 1024;

    private Utf8JsonReader _reader;

    internal TailscaleJson(ReadOnlySpan<byte> document)
    {
        _reader = new Utf8JsonReader(document);
        _reader.Read();
    }

    /// <summary>Enters the object at this place.</summary>
    /// <param name="member">The member's name, for errors.</param>
    /// <returns>False for null.</returns>
    internal bool EnterObject(string member)
    {
        if (_reader.TokenType == JsonTokenType.Null)
        {
            return false;
        }

        Expect(JsonTokenType.StartObject, member, "an object");
        return true;
    }

    /// <summary>Moves to the next member of the current object, and to its value.</summary>
    /// <returns>False after the last one.</returns>
    internal bool NextMember(out ReadOnlySpan<byte> name)
    {
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.EndObject)
        {
            name = default;
            return false;
        }

        name = _reader.ValueSpan;
        _reader.Read();
        return true;
    }

    /// <summary>Skips the value.</summary>
    internal void Skip() => _reader.Skip();

    /// <summary>Reads a text; one that is too long is ignored.</summary>
    internal readonly string Text(string member)
    {
        if (_reader.TokenType == JsonTokenType.Null)
        {
            return string.Empty;
        }

        Expect(JsonTokenType.String, member, "a text");
        return _reader.ValueSpan.Length > MaxTextLength ? string.Empty : PrintableText.Escape(_reader.GetString()!);
    }

    internal readonly ulong Count(string member)
    {
        if (_reader.TokenType == JsonTokenType.Null)
        {
            return 0;
        }

        Expect(JsonTokenType.Number, member, "a number");
        return _reader.TryGetUInt64(out ulong number) ? number : throw Wrong(member, "a count from 0 to 2^64-1");
    }

    internal readonly long Number(string member)
    {
        if (_reader.TokenType == JsonTokenType.Null)
        {
            return 0;
        }

        Expect(JsonTokenType.Number, member, "a number");
        return _reader.TryGetInt64(out long number) ? number : throw Wrong(member, "a whole number of 64 bits");
    }

    internal readonly bool? Flag(string member) => _reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        JsonTokenType.Null => null,
        _ => throw Wrong(member, "true or false"),
    };

    /// <summary>Reads a time; the first instant of the year 1 means none.</summary>
    internal readonly DateTime? Time(string member)
    {
        if (_reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        Expect(JsonTokenType.String, member, "a time");
        return !_reader.TryGetDateTimeOffset(out DateTimeOffset time) ? throw Wrong(member, "a time")
            : time == DateTimeOffset.MinValue ? null
            : time.UtcDateTime;
    }

    internal List<IpAddr> Addresses(string member)
    {
        List<IpAddr> addresses = [];
        while (NextItem(member))
        {
            Expect(JsonTokenType.String, member, "a list of addresses");
            addresses.Add(IpAddr.TryParse(_reader.ValueSpan, out IpAddr address, out _)
                ? address
                : throw Wrong(member, "a list of addresses"));
        }

        return addresses;
    }

    internal List<IpPrefix> Prefixes(string member)
    {
        List<IpPrefix> prefixes = [];
        while (NextItem(member))
        {
            Expect(JsonTokenType.String, member, "a list of prefixes");
            prefixes.Add(IpPrefix.TryParse(Encoding.UTF8.GetString(_reader.ValueSpan), out IpPrefix prefix)
                ? prefix.Masked()
                : throw Wrong(member, "a list of prefixes"));
        }

        return prefixes;
    }

    internal List<string> Texts(string member)
    {
        List<string> texts = [];
        while (NextItem(member))
        {
            texts.Add(Text(member));
        }

        return texts;
    }

    /// <summary>Describes where the document is damaged.</summary>
    internal static string Describe(Exception error) => error switch
    {
        JsonException e =>
            $"its JSON is damaged or ends at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}",
        InvalidOperationException => "a text in it is not valid Unicode",
        _ => error.Message,
    };

    /// <summary>Moves to the first or next item of the current list.</summary>
    private bool NextItem(string member)
    {
        switch (_reader.TokenType)
        {
            case JsonTokenType.Null:
                return false;
            case JsonTokenType.StartArray:
            case JsonTokenType.String:
                _reader.Read();
                return _reader.TokenType != JsonTokenType.EndArray;
            default:
                throw Wrong(member, "a list");
        }
    }

    private readonly void Expect(JsonTokenType type, string member, string what)
    {
        if (_reader.TokenType != type)
        {
            throw Wrong(member, what);
        }
    }

    private static FormatException Wrong(string member, string what) => new($"its member {member} is not {what}");
}

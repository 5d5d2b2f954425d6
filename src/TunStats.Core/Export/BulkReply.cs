using System;
using System.Text.Json;
using TunStats.IO;

namespace TunStats.Export;

/// <summary>The answer of Elasticsearch's bulk API, which can be status 200 with some documents refused.</summary>
internal static class BulkReply
{
    private const int Conflict = 409;
    private const int MaxShownLength = 100;

    /// <summary>Finds the first document that was not taken.</summary>
    /// <param name="reply">The answer.</param>
    /// <param name="count">The number of documents that were sent.</param>
    /// <param name="name">What the collector is called.</param>
    /// <returns>Null where all were taken; a document that was there already counts as taken.</returns>
    internal static LogSinkException? Check(byte[] reply, int count, string name)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(reply);
            if (!document.RootElement.GetProperty("errors").GetBoolean())
            {
                return null;
            }

            int taken = 0;
            int refused = 0;
            string reason = "";
            foreach (JsonElement item in document.RootElement.GetProperty("items").EnumerateArray())
            {
                JsonElement result = item.GetProperty("create");
                int status = result.GetProperty("status").GetInt32();
                bool isTaken = status is (>= 200 and < 300) or Conflict;
                bool isRefused = status is >= 400 and < 500 and not (429 or Conflict);
                if (refused == 0 && isTaken)
                {
                    taken++;
                    continue;
                }

                if (!isRefused)
                {
                    // Busy (429, 503): what follows is sent again, too; what was taken is a conflict then.
                    return refused > 0 ? Refused() : Failed($"is busy (status {status})", LogSinkErrorKind.Transient);
                }

                refused++;
                reason = result.TryGetProperty("error", out JsonElement error)
                    && error.TryGetProperty("type", out JsonElement type)
                        ? PrintableText.Escape(type.GetString(), MaxShownLength)
                        : $"status {status}";
            }

            return refused > 0 ? Refused() : taken == count ? null : Failed(
                "answered for fewer documents than were sent", LogSinkErrorKind.Transient);

            LogSinkException Refused() => Failed($"refused documents: {reason}", LogSinkErrorKind.Refused);

            LogSinkException Failed(string what, LogSinkErrorKind kind) =>
                new($"The collector {name} {what}.", kind) { Taken = taken, Refused = refused };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException
            or System.Collections.Generic.KeyNotFoundException or FormatException)
        {
            return new LogSinkException(
                $"The collector {name} did not answer like Elasticsearch. Check the address and the format.",
                LogSinkErrorKind.Transient);
        }
    }
}

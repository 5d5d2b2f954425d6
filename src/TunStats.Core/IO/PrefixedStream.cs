using System;
using System.IO;

namespace TunStats.IO;

/// <summary>Bytes that were read from a stream already, followed by the rest of the stream.</summary>
internal sealed class PrefixedStream(byte[] prefix, Stream rest) : ForwardStream
{
    private int _at;

    public override int Read(Span<byte> buffer)
    {
        int left = Math.Min(prefix.Length - _at, buffer.Length);
        if (left == 0)
        {
            return rest.Read(buffer);
        }

        prefix.AsSpan(_at, left).CopyTo(buffer);
        _at += left;
        return left;
    }

    protected override void Dispose(bool disposing)
    {
        rest.Dispose();
        base.Dispose(disposing);
    }
}

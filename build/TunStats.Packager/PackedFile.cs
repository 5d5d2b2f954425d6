using System.IO;
using System.IO.Compression;
using System.Text;

namespace TunStats.Packager;

/// <summary>A file of a package.</summary>
/// <param name="Path">Its path in the package, without a slash at the start.</param>
/// <param name="Content">Its bytes.</param>
/// <param name="IsProgram">Whether it can be run.</param>
internal sealed record PackedFile(string Path, byte[] Content, bool IsProgram = false)
{
    internal static PackedFile Text(string path, string text, bool isProgram = false) =>
        new(path, Encoding.UTF8.GetBytes(text), isProgram);

    /// <summary>Compresses a text without a name or time in the header, so that the bytes are the same.</summary>
    internal static PackedFile Compressed(string path, string text) =>
        new(path, Compress(Encoding.UTF8.GetBytes(text)));

    internal static byte[] Compress(byte[] content)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            gzip.Write(content);
        }

        return bytes.ToArray();
    }
}

using System;
using System.IO;
using System.Text.Json;

namespace TunStats.Tests.Vectors;

/// <summary>Reads the vector files that lie beside the tests.</summary>
internal static class VectorFile
{
    internal static JsonElement Read(string name)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "Vectors", name);
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
        return document.RootElement.Clone();
    }
}

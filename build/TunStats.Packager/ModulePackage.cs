using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Xml.Linq;

namespace TunStats.Packager;

/// <summary>The package for the PowerShell Gallery: the module's folder, and what NuGet asks about it.</summary>
internal static class ModulePackage
{
    private const string ContentTypes = "http://schemas.openxmlformats.org/package/2006/content-types";
    private const string Relationships = "http://schemas.openxmlformats.org/package/2006/relationships";
    private const string NuspecRelation = "http://schemas.microsoft.com/packaging/2010/07/manifest";

    internal static byte[] Make(string folder, ModuleManifest manifest, DateTimeOffset time)
    {
        List<PackedFile> files = [.. Directory
            .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(f => new PackedFile(Path.GetRelativePath(folder, f), File.ReadAllBytes(f)))];
        IEnumerable<string> extensions = files
            .Select(f => Path.GetExtension(f.Path).TrimStart('.'))
            .Where(e => e.Length > 0)
            .Distinct()
            .Order(StringComparer.Ordinal);
        XNamespace types = ContentTypes;
        XNamespace relations = Relationships;
        files.Add(Xml("TunStats.nuspec", Nuspec(manifest)));
        files.Add(Xml("_rels/.rels", new XElement(
            relations + "Relationships",
            new XElement(
                relations + "Relationship",
                new XAttribute("Type", NuspecRelation),
                new XAttribute("Target", "/TunStats.nuspec"),
                new XAttribute("Id", "R1")))));
        files.Add(Xml("[Content_Types].xml", new XElement(
            types + "Types",
            new XElement(
                types + "Default",
                new XAttribute("Extension", "rels"),
                new XAttribute("ContentType", "application/vnd.openxmlformats-package.relationships+xml")),
            extensions.Append("nuspec").Select(e => new XElement(
                types + "Default",
                new XAttribute("Extension", e),
                new XAttribute("ContentType", "application/octet-stream"))),
            new XElement(
                types + "Override",
                new XAttribute("PartName", "/LICENSE"),
                new XAttribute("ContentType", "text/plain")))));
        return Archives.Zip(files, time);
    }

    private static XElement Nuspec(ModuleManifest manifest)
    {
        XNamespace space = "http://schemas.microsoft.com/packaging/2011/08/nuspec.xsd";
        string[] cmdlets = manifest.Values("CmdletsToExport");
        string[] tags =
        [
            .. manifest.Values("Tags"), "PSModule", "PSEdition_Core", "PSIncludes_Cmdlet",
            .. cmdlets.Select(c => $"PSCmdlet_{c}"), .. cmdlets.Select(c => $"PSCommand_{c}"),
        ];
        return new XElement(
            space + "package",
            new XElement(
                space + "metadata",
                new XElement(space + "id", "TunStats"),
                new XElement(space + "version", manifest.Version),
                new XElement(space + "authors", manifest.Value("Author")),
                new XElement(space + "owners", manifest.Value("CompanyName")),
                new XElement(space + "requireLicenseAcceptance", "false"),
                new XElement(space + "licenseUrl", manifest.Value("LicenseUri")),
                new XElement(space + "description", manifest.Value("Description")),
                new XElement(space + "copyright", manifest.Value("Copyright")),
                new XElement(space + "tags", string.Join(' ', tags))));
    }

    private static PackedFile Xml(string path, XElement root) =>
        PackedFile.Text(path, $"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n{root}\n");
}

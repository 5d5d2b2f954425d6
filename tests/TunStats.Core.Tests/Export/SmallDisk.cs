using System;
using System.Diagnostics;
using System.IO;
using Xunit;

namespace TunStats.Tests.Export;

/// <summary>A file system of a few KiB, which nobody else sees: a tmpfs in a mount namespace of its own.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly Process _holder;

    internal SmallDisk(string mountPoint, int kilobytes)
    {
        var start = new ProcessStartInfo("unshare")
        {
            ArgumentList =
            {
                "-m", "sh", "-c", $"mount -t tmpfs -o size={kilobytes}k none \"$1\" && echo ready && exec cat", "sh",
                mountPoint,
            },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        _holder = Process.Start(start)!;
        Assert.Equal("ready", _holder.StandardOutput.ReadLine());
        Path = $"/proc/{_holder.Id}/root{mountPoint}";
    }

    /// <summary>Where this process finds it.</summary>
    internal string Path { get; }

    /// <summary>Takes all the room that is left.</summary>
    /// <returns>The file to delete, to give it back.</returns>
    internal string Fill()
    {
        string path = System.IO.Path.Combine(Path, "filler");
        using FileStream file = new(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true)
            {
                file.Write(new byte[4096]);
            }
        }
        catch (IOException)
        {
            return path;
        }
    }

    public void Dispose()
    {
        _holder.StandardInput.Close();
        _holder.WaitForExit();
        _holder.Dispose();
    }
}

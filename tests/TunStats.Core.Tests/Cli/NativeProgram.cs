using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading.Tasks;

namespace TunStats.Tests.Cli;

/// <summary>
/// The native program, published once for all tests that start it: into artifacts/native, and again only where the
/// sources are newer.
/// </summary>
public sealed class NativeProgram
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    public NativeProgram()
    {
        string root = FindRoot();
        Path = System.IO.Path.Combine(root, "artifacts", "native", "tunstats");
        if (NativeFactAttribute.Reason is null)
        {
            Publish(root);
        }
    }

    /// <summary>The program's path.</summary>
    internal string Path { get; }

    /// <summary>Runs it to its end.</summary>
    internal (int ExitCode, string Output, string Error) Run(params string[] arguments) => Start(Path, arguments);

    /// <summary>Runs any program to its end, such as one that starts this one.</summary>
    internal static (int ExitCode, string Output, string Error) Start(string file, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // No build server may outlive the tests.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{file} {string.Join(' ', arguments)} does not end.");
        }

        return (process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }

    private void Publish(string root)
    {
        string folder = System.IO.Path.GetDirectoryName(Path)!;
        (int code, string output, string error) = Start(
            "dotnet",
            [
                "publish", System.IO.Path.Combine(root, "src", "TunStats.Cli"), "-c", "Release",
                "--use-current-runtime", "-o", folder, "-v", "quiet", "-nodeReuse:false",
            ]);
        if (code != 0)
        {
            throw new InvalidOperationException($"The native program cannot be built: {output}{error}");
        }
    }

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "TunStats.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests do not run inside the repository.");
    }
}

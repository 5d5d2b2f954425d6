using System;
using System.IO;
using TunStats.Tests.Export;
using Xunit;

namespace TunStats.Tests.Cli;

/// <summary>A hundred native loggers, one nfacctd, one PostgreSQL.</summary>
[Collection(NativeTests.Name)]
public sealed class NativeFleetTests(NativeProgram program) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tunstats-fleet-");

    public void Dispose() => _folder.Delete(recursive: true);

    [PostgresFact(needsNative: true)]
    public void SumsInPostgresEqualWhatAHundredLoggersSaw()
    {
        string script = Path.Combine(Path.GetDirectoryName(program.Path)!, "../../tests/fleet.sh");
        (int code, string output, string error) = NativeProgram.Start("unshare",
        [
            "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc",
            script, program.Path, PostgresFactAttribute.Programs!, _folder.FullName, "100",
        ]);
        Assert.True(code == 0, error);
        Assert.Equal("100 loggers: packets and bytes of each in PostgreSQL equal what was sent\n", output);
    }
}

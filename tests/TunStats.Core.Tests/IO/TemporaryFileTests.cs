using System;
using System.IO;
using TunStats.Interop;
using TunStats.IO;
using Xunit;

namespace TunStats.Tests.IO;

public sealed class TemporaryFileTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("tunstats-new-");

    private string Target => Path.Combine(_directory.FullName, "target");

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void FileTakesThePlaceOfAnother(bool isNameless)
    {
        Assert.True(TemporaryFile.CanBeNameless(_directory.FullName));
        File.WriteAllText(Target, "before");
        using (TemporaryFile file = Create(isNameless))
        {
            // Without a name there is nothing to leave behind.
            Assert.Equal(isNameless ? 1 : 2, _directory.GetFileSystemInfos().Length);
            Assert.Equal(Errno.None, DescriptorWriter.WriteAll(file.Descriptor, "after"u8));
            Assert.Equal("before", File.ReadAllText(Target));
            Assert.Equal(Errno.None, file.MoveTo(Target));
        }

        Assert.Equal("after", File.ReadAllText(Target));
        Assert.Equal("target", Assert.Single(_directory.GetFileSystemInfos()).Name);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void FileThatTakesNoPlaceIsRemoved(bool isNameless)
    {
        Directory.CreateDirectory(Target);
        using (TemporaryFile file = Create(isNameless))
        {
            Assert.Equal(Errno.EISDIR, file.MoveTo(Target));
        }

        Assert.Equal("target", Assert.Single(_directory.GetFileSystemInfos()).Name);
    }

    [Fact]
    public void DirectoryThatIsNotThereIsSaid()
    {
        Assert.False(TemporaryFile.CanBeNameless(Target));
        Assert.Equal(Errno.ENOENT, TemporaryFile.Create(Target, isNameless: false, out TemporaryFile? file));
        Assert.Null(file);
    }

    private TemporaryFile Create(bool isNameless)
    {
        Assert.Equal(Errno.None, TemporaryFile.Create(_directory.FullName, isNameless, out TemporaryFile? file));
        return file!;
    }
}

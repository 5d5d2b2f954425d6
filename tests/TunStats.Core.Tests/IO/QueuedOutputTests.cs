using System;
using System.Collections.Concurrent;
using System.IO;
using System.IO.Pipes;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using TunStats.IO;
using TunStats.Interop;
using TunStats.Tests.Fakes;
using Xunit;

namespace TunStats.Tests.IO;

/// <summary>Output to a reader that stalls, goes, or comes back.</summary>
public sealed partial class QueuedOutputTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly byte[] Line = Encoding.UTF8.GetBytes(new string('x', 999) + "\n");

    // FIONREAD of asm-generic/ioctls.h: how many bytes can be read.
    private const nuint Available = 0x541b;

    private readonly AnonymousPipeServerStream _reader = new(PipeDirection.In);
    private readonly ManualTimeProvider _time = new();
    private readonly BlockingCollection<long> _reports = [];

    private SafeFileDescriptor WriteEnd =>
        new((int)_reader.ClientSafePipeHandle.DangerousGetHandle(), ownsHandle: false);

    public void Dispose()
    {
        _reader.Dispose();
        _reports.Dispose();
    }

    [Fact]
    public void LinesArriveInOrder()
    {
        using QueuedOutput output = Open(OutputPolicy.Drop);
        for (int i = 0; i < 100; i++)
        {
            Assert.True(output.Write(Encoding.UTF8.GetBytes($"{i}\n")));
        }

        Assert.Equal(0, output.Complete(default));
        _reader.DisposeLocalCopyOfClientHandle();
        using var text = new StreamReader(_reader);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"{i}"), text.ReadToEnd().TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public void ReaderThatStallsCostsLinesAndNoTimeAndTheyAreReportedWhenItComesBack()
    {
        using QueuedOutput output = Open(OutputPolicy.Drop, capacity: 100_000);
        int written = 0;
        for (; written < 66; written++)
        {
            Assert.True(output.Write(Line));
        }

        // A batch wakes the writing thread; what is left of the last one would wait in the queue.
        output.Flush();

        // Only a pipe that is full keeps the queue from getting room again.
        Assert.True(SpinWait.SpinUntil(() => !DescriptorWriter.IsWritable(WriteEnd), Patience));
        for (int refused = 0; refused < 42;)
        {
            if (output.Write(Line))
            {
                written++;
            }
            else
            {
                refused++;
            }
        }

        Assert.Empty(_reports);
        byte[] read = new byte[written * Line.Length];
        _reader.ReadExactly(read);
        Assert.True(_reports.TryTake(out long dropped, Patience));
        Assert.Equal((42, 42L), (dropped, output.Dropped));

        Assert.True(output.Write("next\n"u8));
        output.Flush();
        byte[] next = new byte[5];
        _reader.ReadExactly(next);
        Assert.Equal("next\n"u8, next);
        Assert.Equal(0, output.Complete(default));
    }

    [Fact]
    public async Task CancelledEndTakesTheGracePeriodAndCountsWhatIsLeft()
    {
        var output = new QueuedOutput(WriteEnd, OutputPolicy.Drop, _time);
        for (int i = 0; i < 1000; i++)
        {
            Assert.True(output.Write(Line));
        }

        Assert.True(SpinWait.SpinUntil(() => !DescriptorWriter.IsWritable(WriteEnd), Patience));
        Task<long> end = Task.Run(() => output.Complete(new CancellationToken(canceled: true)));
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                _time.Advance(QueuedOutput.Grace);
                return end.IsCompleted;
            },
            Patience));

        // How much a pipe holds depends on the sizes of the writes.
        Assert.Equal(0, FileControl(_reader.SafePipeHandle, Available, out int written));
        Assert.InRange(written, 32 * 1024, 64 * 1024);
        Assert.Equal(1000 - (written / Line.Length), await end);
    }

    [Fact]
    public async Task FinishedDataWaitsForItsReader()
    {
        using QueuedOutput output = Open(OutputPolicy.Wait, capacity: 8192);
        Task writing = Task.Run(() =>
        {
            for (int i = 0; i < 1000; i++)
            {
                output.Write(Line);
            }

            Assert.Equal(0, output.Complete(default));
        });
        byte[] all = new byte[1000 * Line.Length];
        await _reader.ReadExactlyAsync(all).AsTask().WaitAsync(Patience);
        await writing.WaitAsync(Patience);
        Assert.Equal(1000, all.Count(b => b == (byte)'\n'));
    }

    [Fact]
    public async Task WaitForRoomCanBeCancelled()
    {
        var output = new QueuedOutput(WriteEnd, OutputPolicy.Wait, TimeProvider.System, capacity: 8192);
        using var stop = new CancellationTokenSource();
        Task writing = Task.Run(() =>
        {
            while (true)
            {
                output.Write(Line, stop.Token);
            }
        });
        Assert.True(SpinWait.SpinUntil(() => !DescriptorWriter.IsWritable(WriteEnd), Patience));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing.WaitAsync(Patience));
        Assert.InRange(output.Complete(stop.Token), 1, 9);
    }

    [Fact]
    public void ReaderThatWentIsReportedByTheToken()
    {
        using QueuedOutput output = Open(OutputPolicy.Drop);
        CloseReadEnd();
        output.Write("lost\n"u8);
        output.Flush();
        Assert.True(output.Closed.WaitHandle.WaitOne(Patience));
        Assert.False(output.Write("lost\n"u8));
        Assert.Equal((0L, 0L), (output.Complete(default), output.Dropped));
    }

    [Fact]
    public void FinishedDataWithoutAReaderIsAnErrorWithTheKernelsReason()
    {
        using QueuedOutput output = Open(OutputPolicy.Wait);
        CloseReadEnd();
        output.Write("lost\n"u8);
        DescriptorException error = Assert.Throws<DescriptorException>(() => output.Complete(default));
        Assert.Equal((Errno.EPIPE, (int)Errno.EPIPE), (error.Errno, error.HResult));
        Assert.Throws<DescriptorException>(() => output.Write("lost\n"u8));
    }

    [Fact]
    public void FullDiskCostsLinesUntilThereIsRoom()
    {
        using FileStream full = new("/dev/full", FileMode.Open, FileAccess.Write);
        using var device = new SafeFileDescriptor(
            (int)full.SafeFileHandle.DangerousGetHandle(), ownsHandle: false);
        var reasons = new BlockingCollection<Errno>();
        using var output = new QueuedOutput(
            device, OutputPolicy.Drop, _time, _reports.Add, reportFailure: reasons.Add);
        output.Write("one\n"u8);
        output.Flush();
        Assert.True(reasons.TryTake(out Errno reason, Patience));
        Assert.Equal(Errno.ENOSPC, reason);
        output.Write("two\n"u8);
        Assert.Equal(2, output.Complete(default));
        Assert.Equal(2, output.Dropped);
        Assert.Empty(_reports);
        Assert.Empty(reasons);

        using var finished = new QueuedOutput(device, OutputPolicy.Wait, _time);
        finished.Write("one\n"u8);
        Assert.Equal(Errno.ENOSPC, Assert.Throws<DescriptorException>(() => finished.Complete(default)).Errno);
    }

    [Fact]
    public void WritingAllocatesNothing()
    {
        using FileStream nothing = new("/dev/null", FileMode.Open, FileAccess.Write);
        using var device = new SafeFileDescriptor(
            (int)nothing.SafeFileHandle.DangerousGetHandle(), ownsHandle: false);
        using var output = new QueuedOutput(device, OutputPolicy.Wait, _time, capacity: 65536);
        Assert.Equal(0, Allocation.Least(() =>
        {
            output.Write(Line);
            output.Flush();
        }));
        Assert.Equal(0, output.Complete(default));
    }

    private QueuedOutput Open(OutputPolicy policy, int capacity = 1024 * 1024) =>
        new(WriteEnd, policy, _time, _reports.Add, capacity);

    private void CloseReadEnd()
    {
        // Only this end: disposing of the stream would close the other as well.
        _reader.SafePipeHandle.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static partial int FileControl(SafeHandle descriptor, nuint request, out int value);
}

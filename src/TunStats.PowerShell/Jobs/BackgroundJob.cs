using System;
using System.ComponentModel;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Threading;
using TunStats.IO;
using TunStats.PowerShell.Errors;

namespace TunStats.PowerShell.Jobs;

/// <summary>
/// A PowerShell job over one thread of the core. A second thread alone writes to the job's streams, because PowerShell
/// blocks a writer while Receive-Job runs: the work never waits for a receiver. The output holds a bounded number of
/// objects; beyond it the oldest are dropped, and a warning gives their number.
/// </summary>
public abstract class BackgroundJob : Job
{
    // For jobs of every kind: a module has only one such script.
    private const string StopAll =
        "Get-Job | Where-Object { $_ -is [TunStats.PowerShell.Jobs.BackgroundJob] } | ForEach-Object StopWithModule";

    private const string ModuleRemoved =
        "Stopped because the module TunStats was removed, or imported again with -Force. Start the job again.";

    private const string SessionClosed = "Stopped because the session that started it was closed.";

    private const int MinCapacity = 1_000;

    // A receiver may block the writer and may itself stop the job: it would wait for itself.
    private static readonly TimeSpan MaxWaitForWriter = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stopping = new();
    private readonly JobRecords _records;
    private readonly JobStreams _streams;
    private readonly Thread _worker;
    private readonly Thread _writer;
    private Runspace? _runspace;
    private int _isStopReported;
    private bool _isStarted;
    private int _isWrittenOrRemoved;
    private bool _isDisposed;
    private volatile bool _isStopped;
    private Exception? _reason;
    private string? _stopReason;

    private protected BackgroundJob(string command, string? name, int bufferSize, TimeProvider timeProvider)
        : base(command, name)
    {
        _streams = new JobStreams(this, bufferSize, timeProvider);
        _records = new JobRecords(Math.Max(bufferSize, MinCapacity));
        _worker = new Thread(Work) { IsBackground = true, Name = $"TunStats {Id}" };
        _writer = new Thread(Write) { IsBackground = true, Name = $"TunStats {Id} out" };
    }

    /// <summary>Whether any stream holds something to receive.</summary>
    public override bool HasMoreData =>
        Output.Count > 0 || Error.Count > 0 || Warning.Count > 0 || Verbose.Count > 0 || Debug.Count > 0
        || Information.Count > 0 || Progress.Count > 0 || _records.HasAny;

    /// <summary>The machine that the job runs on.</summary>
    public override string Location => "localhost";

    /// <summary>Why the job failed, or was stopped by something else than a command; empty otherwise.</summary>
    public override string StatusMessage =>
        Volatile.Read(ref _reason)?.Message ?? Volatile.Read(ref _stopReason) ?? "";

    /// <summary>
    /// Shows the job to PowerShell and starts it. It stops with the runspace it was started from, and with the module.
    /// </summary>
    /// <param name="cmdlet">The cmdlet that made it.</param>
    internal void Start(PSCmdlet cmdlet)
    {
        if (cmdlet.MyInvocation.MyCommand.Module is { } module)
        {
            module.OnRemove ??= ScriptBlock.Create(StopAll);
        }

        _runspace = Runspace.DefaultRunspace;
        if (_runspace is not null)
        {
            _runspace.StateChanged += OnRunspaceStateChanged;
        }

        cmdlet.JobRepository.Add(this);
        SetJobState(JobState.Running);
        _isStarted = true;
        _writer.Start();
        _worker.Start();
    }

    /// <summary>Stops the job because its module goes; called by the module alone.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public void StopWithModule()
    {
        StopBecause(ModuleRemoved);
        StopJob();
    }

    /// <summary>
    /// Asks the job to end, waits until its work has, and for a short time until all of its output is written.
    /// </summary>
    public override void StopJob()
    {
        if (_isDisposed)
        {
            return;
        }

        if (_isStarted && Interlocked.Exchange(ref _isStopReported, 1) == 0)
        {
            // The writer changes the state, in order with all other output: a change waits until the receiver took
            // what is there, and this thread may be the receiver.
            _records.Add(JobState.Stopping);
        }

        _stopping.Cancel();
        if (_isStarted && Thread.CurrentThread != _writer)
        {
            // Remove-Job and Receive-Job -AutoRemoveJob dispose of the job from within its last change of state, on
            // the writer's own thread.
            _worker.Join();
            _writer.Join(MaxWaitForWriter);
        }
    }

    /// <summary>Does the job's work until it is done or the token is cancelled.</summary>
    private protected abstract void Run(CancellationToken cancellationToken);

    /// <summary>How many objects were dropped since the start, because nobody received them in time.</summary>
    private protected long DroppedObjects => _streams.AllDropped;

    /// <summary>How many objects wait to be received.</summary>
    private protected long WaitingObjects => Output.Count + _records.OutputCount;

    /// <summary>Writes an object.</summary>
    private protected void WriteOutput(object value) => _records.Add(PSObject.AsPSObject(value));

    /// <summary>Writes an object (a PSObject) or a record of another stream.</summary>
    private protected void WriteRecord(object record) => _records.Add(record);

    /// <summary>Writes an error that does not end the job.</summary>
    private protected void WriteError(Exception exception, object? target) =>
        _records.Add(ErrorRecords.Printable(ErrorRecords.From(exception, target)));

    /// <summary>Writes a warning.</summary>
    private protected void WriteWarning(string message) =>
        _records.Add(new WarningRecord(PrintableText.Escape(message)));

    /// <summary>Writes to the verbose stream.</summary>
    private protected void WriteVerbose(string message) => _records.Add(new VerboseRecord(message));

    /// <summary>Writes progress; only the newest record is kept.</summary>
    private protected void WriteProgress(ProgressRecord record) => _records.Add(record);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing || _isDisposed)
        {
            return;
        }

        StopJob();
        _isDisposed = true;
        _stopping.Dispose();

        // The streams close when the writer has finished: one that a receiver holds up ends later, and a
        // receiver that removes the job still hears of its end.
        if (!_isStarted || Interlocked.Exchange(ref _isWrittenOrRemoved, 1) == 1)
        {
            base.Dispose(disposing: true);
        }
    }

    private void Work()
    {
        try
        {
            Run(_stopping.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // A stop: the state is set below.
        }
        catch (Exception e)
        {
            // The last frame of the thread: any exception here ends the job and is its reason.
            Volatile.Write(ref _reason, e);
            WriteError(e, Name);
        }

        if (_runspace is not null)
        {
            _runspace.StateChanged -= OnRunspaceStateChanged;
        }

        _isStopped = _stopping.IsCancellationRequested;
        _records.Complete();
    }

    private void Write()
    {
        while (_records.Take() is { } record)
        {
            if (record is JobState state)
            {
                SetJobState(state);
            }
            else
            {
                _streams.Write(record);
            }

            _streams.ReportOverflow(_records.TakeDropped(), atTheEnd: false);
        }

        _streams.ReportOverflow(_records.TakeDropped(), atTheEnd: true);
        SetJobState(
            Volatile.Read(ref _reason) is not null ? JobState.Failed
            : _isStopped ? JobState.Stopped
            : JobState.Completed);
        if (Interlocked.Exchange(ref _isWrittenOrRemoved, 1) == 1)
        {
            base.Dispose(disposing: true);
        }
    }

    private void StopBecause(string reason)
    {
        if (!IsFinishedState(JobStateInfo.State)
            && Interlocked.CompareExchange(ref _stopReason, reason, null) is null
            && _isStarted)
        {
            WriteWarning(reason);
        }
    }

    private static bool IsFinishedState(JobState state) =>
        state is JobState.Completed or JobState.Failed or JobState.Stopped;

    private void OnRunspaceStateChanged(object? sender, RunspaceStateEventArgs e)
    {
        if (e.RunspaceStateInfo.State is RunspaceState.Closing or RunspaceState.Closed or RunspaceState.Broken)
        {
            StopBecause(SessionClosed);
            _stopping.Cancel();

            // The process may end right after the runspace; until then the work has closed and removed what it must.
            _worker.Join(MaxWaitForWriter);
        }
    }
}

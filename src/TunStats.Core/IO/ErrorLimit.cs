using System;

namespace TunStats.IO;

/// <summary>
/// The errors of one input. The first ones are reported one by one, the others as a number: a file that is something
/// else altogether has an error on each line.
/// </summary>
/// <param name="inputName">The input: a file's path, or a name for another input.</param>
/// <param name="report">Takes each error that is to be reported.</param>
internal sealed class ErrorLimit(string inputName, Action<Exception> report)
{
    /// <summary>The maximum number of errors that are reported one by one.</summary>
    internal const int Max = 5;

    /// <summary>The number of errors so far.</summary>
    internal long Count { get; private set; }

    /// <summary>Counts an error, and reports it if it is one of the first.</summary>
    internal void Add(Exception error)
    {
        if (Count++ < Max)
        {
            report(error);
        }
    }

    /// <summary>Reports the number of further errors, if there are any; call it after the last one.</summary>
    internal void Complete()
    {
        if (Count > Max)
        {
            string rest = CountText.Of(Count - Max, "further error is not shown.", "further errors are not shown.");
            report(new FormatException($"{inputName}: {rest}"));
        }
    }
}

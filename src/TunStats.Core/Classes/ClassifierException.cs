using System;

namespace TunStats.Classes;

/// <summary>Routes that cannot be had; the message says which and what to do.</summary>
public sealed class ClassifierException : Exception
{
    internal ClassifierException(
        ClassifierErrorKind kind, string input, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        Kind = kind;
        Input = input;
    }

    /// <summary>What sort of error it is.</summary>
    public ClassifierErrorKind Kind { get; }

    /// <summary>The prefix or the file that it is about.</summary>
    public string Input { get; }
}

namespace TunStats.NetLog;

/// <summary>An error in a piece of JSON.</summary>
/// <param name="Kind">The kind of error.</param>
/// <param name="At">The offset in bytes.</param>
/// <param name="Reason">What is wrong, as a sentence.</param>
/// <param name="Path">The member within the piece: <c>.src</c>.</param>
internal readonly record struct JsonProblem(NetLogErrorKind Kind, int At, string Reason, string Path)
{
    public bool IsAny => Kind != NetLogErrorKind.None;
}

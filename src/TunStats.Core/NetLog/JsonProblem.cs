namespace TunStats.NetLog;

/// <summary>Something wrong in a piece of JSON.</summary>
/// <param name="Kind">What sort of error it is.</param>
/// <param name="At">Where, in bytes from the piece's beginning.</param>
/// <param name="Reason">What is wrong, as a sentence.</param>
/// <param name="Path">The member within the piece: <c>.src</c>.</param>
internal readonly record struct JsonProblem(NetLogErrorKind Kind, int At, string Reason, string Path)
{
    public bool IsAny => Kind != NetLogErrorKind.None;
}

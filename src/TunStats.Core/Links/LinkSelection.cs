namespace TunStats.Links;

/// <summary>The selection of a user's text: one interface by name, or all that match a wildcard.</summary>
/// <param name="Name">The name; the original text if it is a wildcard.</param>
/// <param name="Wildcard">The wildcard; null if the text is a name.</param>
/// <seealso cref="LinkClient.Select"/>
internal readonly record struct LinkSelection(string Name, LinkNamePattern? Wildcard);

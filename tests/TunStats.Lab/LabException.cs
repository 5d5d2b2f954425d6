using System;

namespace TunStats.Lab;

/// <summary>This machine or this user cannot have a lab. The message says what is missing.</summary>
public sealed class LabException(string message) : Exception(message);

using System.Collections.Concurrent;

namespace Ccr.Transport;

/// <summary>The listeners of this process that take connections from within it without a socket.</summary>
internal static class OwnListeners
{
    private static readonly ConcurrentDictionary<string, FrameListener> s_listeners = new(StringComparer.Ordinal);

    internal static void Add(string path, FrameListener listener) => s_listeners[Path.GetFullPath(path)] = listener;

    internal static void Remove(string path, FrameListener listener) => s_listeners.TryRemove(
        new KeyValuePair<string, FrameListener>(Path.GetFullPath(path), listener));

    /// <summary>The listener on a Unix socket's path, or null.</summary>
    internal static FrameListener? Find(string path) => s_listeners.GetValueOrDefault(Path.GetFullPath(path));
}

namespace Ccr.Artemis;

/// <summary>The folder of all groups of a user.</summary>
public static class ArtemisFolder
{
    /// <summary>Where it is, unless something else is asked for: the user's own folder for state.</summary>
    public static string Default
    {
        get
        {
            string? state = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
            string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            return Path.Combine(
                string.IsNullOrEmpty(state) ? Path.Combine(home, ".local", "state") : state, "ccr", "artemis");
        }
    }
}

"""What the real servers said of themselves: versions, and the names of the requests they know."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["EDITIONS", "Edition"]


@dataclass(frozen=True, slots=True)
class Edition:
    """One version of obs-websocket inside one OBS; ``uuids`` tells whether it names things by UUID too."""

    websocket: str
    obs: str
    requests: tuple[str, ...]
    images: tuple[str, ...]
    platform: str = "debian"
    platform_text: str = ""
    uuids: bool = False
    crop_to_bounds: bool = False


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_V4 = """
AddFilterToSource AddSceneItem Authenticate BroadcastCustomMessage CreateScene CreateSource DeleteSceneItem
DisableStudioMode DuplicateSceneItem EnableStudioMode ExecuteBatch GetAudioActive GetAudioMonitorType GetAudioTracks
GetAuthRequired GetBrowserSourceProperties GetCurrentProfile GetCurrentScene GetCurrentSceneCollection
GetCurrentTransition GetFilenameFormatting GetMediaDuration GetMediaSourcesList GetMediaState GetMediaTime GetMute
GetOutputInfo GetPreviewScene GetRecordingFolder GetRecordingStatus GetReplayBufferStatus GetSceneItemList
GetSceneItemProperties GetSceneList GetSceneTransitionOverride GetSourceActive GetSourceDefaultSettings
GetSourceFilterInfo GetSourceFilters GetSourceSettings GetSourcesList GetSourceTypesList GetSpecialSources GetStats
GetStreamingStatus GetStreamSettings GetStudioModeStatus GetSyncOffset GetTextFreetype2Properties
GetTextGDIPlusProperties GetTransitionDuration GetTransitionList GetTransitionPosition GetTransitionSettings
GetVersion GetVideoInfo GetVirtualCamStatus GetVolume ListOutputs ListProfiles ListSceneCollections MoveSourceFilter
NextMedia OpenProjector PauseRecording PlayPauseMedia PreviousMedia RefreshBrowserSource ReleaseTBar
RemoveFilterFromSource RemoveSceneTransitionOverride ReorderSceneItems ReorderSourceFilter ResetSceneItem
RestartMedia ResumeRecording SaveReplayBuffer SaveStreamSettings ScrubMedia SendCaptions SetAudioMonitorType
SetAudioTracks SetBrowserSourceProperties SetCurrentProfile SetCurrentScene SetCurrentSceneCollection
SetCurrentTransition SetFilenameFormatting SetHeartbeat SetMediaTime SetMute SetPreviewScene SetRecordingFolder
SetSceneItemCrop SetSceneItemPosition SetSceneItemProperties SetSceneItemRender SetSceneItemTransform
SetSceneTransitionOverride SetSourceFilterSettings SetSourceFilterVisibility SetSourceName SetSourceRender
SetSourceSettings SetStreamSettings SetSyncOffset SetTBarPosition SetTextFreetype2Properties
SetTextGDIPlusProperties SetTransitionDuration SetTransitionSettings SetVolume Sleep StartOutput StartRecording
StartReplayBuffer StartStopRecording StartStopReplayBuffer StartStopStreaming StartStopVirtualCam StartStreaming
StartVirtualCam StopMedia StopOutput StopRecording StopReplayBuffer StopStreaming StopVirtualCam
TakeSourceScreenshot ToggleMute ToggleStudioMode TransitionToProgram TriggerHotkeyByName TriggerHotkeyBySequence
"""

_V5_1 = """
BroadcastCustomEvent CallVendorRequest CreateInput CreateProfile CreateScene CreateSceneCollection CreateSceneItem
CreateSourceFilter DuplicateSceneItem GetCurrentPreviewScene GetCurrentProgramScene GetCurrentSceneTransition
GetCurrentSceneTransitionCursor GetGroupList GetGroupSceneItemList GetHotkeyList GetInputAudioBalance
GetInputAudioMonitorType GetInputAudioSyncOffset GetInputAudioTracks GetInputDefaultSettings GetInputKindList
GetInputList GetInputMute GetInputPropertiesListPropertyItems GetInputSettings GetInputVolume
GetLastReplayBufferReplay GetMediaInputStatus GetMonitorList GetOutputList GetOutputSettings GetOutputStatus
GetPersistentData GetProfileList GetProfileParameter GetRecordDirectory GetRecordStatus GetReplayBufferStatus
GetSceneCollectionList GetSceneItemBlendMode GetSceneItemEnabled GetSceneItemId GetSceneItemIndex GetSceneItemList
GetSceneItemLocked GetSceneItemPrivateSettings GetSceneItemTransform GetSceneList GetSceneSceneTransitionOverride
GetSceneTransitionList GetSourceActive GetSourceFilter GetSourceFilterDefaultSettings GetSourceFilterList
GetSourcePrivateSettings GetSourceScreenshot GetSpecialInputs GetStats GetStreamServiceSettings GetStreamStatus
GetStudioModeEnabled GetTransitionKindList GetVersion GetVideoSettings GetVirtualCamStatus OffsetMediaInputCursor
OpenInputFiltersDialog OpenInputInteractDialog OpenInputPropertiesDialog OpenSourceProjector OpenVideoMixProjector
PauseRecord PressInputPropertiesButton RemoveInput RemoveProfile RemoveScene RemoveSceneItem RemoveSourceFilter
ResumeRecord SaveReplayBuffer SaveSourceScreenshot SendStreamCaption SetCurrentPreviewScene SetCurrentProfile
SetCurrentProgramScene SetCurrentSceneCollection SetCurrentSceneTransition SetCurrentSceneTransitionDuration
SetCurrentSceneTransitionSettings SetInputAudioBalance SetInputAudioMonitorType SetInputAudioSyncOffset
SetInputAudioTracks SetInputMute SetInputName SetInputSettings SetInputVolume SetMediaInputCursor SetOutputSettings
SetPersistentData SetProfileParameter SetSceneItemBlendMode SetSceneItemEnabled SetSceneItemIndex SetSceneItemLocked
SetSceneItemPrivateSettings SetSceneItemTransform SetSceneName SetSceneSceneTransitionOverride
SetSourceFilterEnabled SetSourceFilterIndex SetSourceFilterName SetSourceFilterSettings SetSourcePrivateSettings
SetStreamServiceSettings SetStudioModeEnabled SetTBarPosition SetVideoSettings Sleep StartOutput StartRecord
StartReplayBuffer StartStream StartVirtualCam StopOutput StopRecord StopReplayBuffer StopStream StopVirtualCam
ToggleInputMute ToggleOutput ToggleRecord ToggleRecordPause ToggleReplayBuffer ToggleStream ToggleVirtualCam
TriggerHotkeyByKeySequence TriggerHotkeyByName TriggerMediaInputAction TriggerStudioModeTransition
"""

_V5_5 = "CreateRecordChapter GetSceneItemSource GetSourceFilterKindList SetRecordDirectory SplitRecordFile"

_IMAGES = "bmp cur ico jpeg jpg pbm pgm png ppm xbm xpm"
_IMAGES_30 = "bmp cur icns ico jfif jpeg jpg pbm pgm png ppm tif tiff wbmp webp xbm xpm"

EDITIONS = {
    edition.websocket: edition
    for edition in (
        Edition("4.9.1", "29.0.2", _words(_V4), _words(_IMAGES)),
        Edition(
            "5.1.0",
            "29.0.2",
            _words(_V5_1),
            _words(_IMAGES),
            platform_text="Debian GNU/Linux 12 (bookworm)",
        ),
        Edition(
            "5.5.2",
            "30.2.3",
            _words(f"{_V5_1} {_V5_5}"),
            _words(_IMAGES_30),
            platform_text="Debian GNU/Linux 13 (trixie)",
            uuids=True,
            crop_to_bounds=True,
        ),
    )
}
"""The versions that recorded sessions exist of."""

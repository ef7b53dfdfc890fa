# SPDX-License-Identifier: Apache-2.0
"""The Asterisk modules our dialplan and phones need: a short list starts fast and leaves little to attack."""

from pathlib import Path

_WANTED = """
res_sorcery_config res_sorcery_memory res_sorcery_astdb res_timing_timerfd res_crypto res_http_websocket res_speech
res_cdrel_custom res_pjproject res_pjsip res_pjsip_session res_pjsip_sdp_rtp res_pjsip_authenticator_digest
res_pjsip_outbound_authenticator_digest res_pjsip_endpoint_identifier_ip res_pjsip_endpoint_identifier_user
res_pjsip_registrar res_pjsip_caller_id res_pjsip_refer res_pjsip_dtmf_info res_pjsip_diversion res_pjsip_nat
res_pjsip_path res_pjsip_rfc3326 res_pjsip_dlg_options res_pjsip_pubsub res_pjsip_outbound_publish
res_pjsip_exten_state res_pjsip_mwi res_pjsip_empty_info res_pjsip_outbound_registration res_pjsip_acl
res_pjsip_header_funcs res_pjsip_pidf_body_generator res_pjsip_dialog_info_body_generator res_pjsip_mwi_body_generator
res_pjsip_transport_websocket res_pjsip_logger res_rtp_asterisk res_srtp res_musiconhold res_agi res_format_attr_opus
res_format_attr_h264 res_security_log res_manager_devicestate chan_pjsip bridge_simple bridge_native_rtp
bridge_softmix bridge_holding bridge_builtin_features app_dial app_queue app_mixmonitor app_stack app_playback
app_voicemail app_record app_celgenuserevent app_db app_verbose app_exec app_bridgewait app_directed_pickup
app_playtones app_echo app_senddtmf app_read app_while app_transfer app_chanspy app_userevent func_callerid
func_channel func_cut func_strings func_db func_devstate func_dialplan func_global func_logic func_math func_timeout
func_pjsip_endpoint func_pjsip_aor func_pjsip_contact func_sprintf func_module func_hangupcause func_uuid func_config
func_sorcery func_rand func_version func_curl func_uri res_curl codec_ulaw codec_alaw codec_gsm codec_g722 codec_a_mu
codec_resample res_websocket_client res_stasis res_ari_model res_ari res_ari_asterisk res_ari_endpoints
codec_opus_open_source codec_opus format_wav format_pcm format_sln format_gsm format_wav_gsm cel_custom pbx_config
"""


def wanted_modules(directory: Path) -> tuple[str, ...]:
    """Those of the wanted modules that this Asterisk has."""
    return tuple(name for name in _WANTED.split() if (directory / f"{name}.so").is_file())
